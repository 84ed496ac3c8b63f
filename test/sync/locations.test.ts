import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeGoneWarehouse, upsertReportedWarehouse } from '../../src/organisation/reported-warehouse.service.js';
import { locationMapper } from '../../src/sync/entities/location.mapper.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const recorded = JSON.parse(readFileSync('test/fixtures/inventory-locations-list.json', 'utf8')).locations;
const snapshotOf = (body: object) => locationMapper.toSnapshot(locationMapper.parse({ ...body }).remote);

describe('locations of Zoho', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 3 } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const warehouses = async (): Promise<any[]> =>
    (
      await owner.query<any>(
        '{ warehouses(orderBy: CODE_ASC) { nodes { name externalRef isPrimary active sync { state } } } }',
      )
    ).data.warehouses.nodes;
  const load = async (): Promise<void> => {
    const { data } = await owner.query<any>(
      'mutation { startSyncRun(entity: LOCATION, mode: FULL) { __typename ... on UserError { code message } } }',
    );
    expect(data.startSyncRun.__typename).not.toMatch(/Error/);
    // A run waits for what it has queued, and looks again later.
    for (let round = 0; round < 3; round += 1) {
      await t.db.sql(`update tds_sync_queue set run_at = now() where status = 'pending'`);
      await t.drain();
    }
  };

  test('a recorded location is read; its state is asked for again, because it has no time', () => {
    expect(recorded.map((body: object) => snapshotOf(body))).toEqual([
      {
        snapshot: { externalRef: '5270413000000030001', name: 'Head Office', active: true, primary: false },
        warnings: [],
      },
      {
        snapshot: { externalRef: '5270413000000030055', name: 'Jeddah DC', active: true, primary: false },
        warnings: [],
      },
    ]);
    expect(locationMapper.parse(recorded[0])).toMatchObject({ modifiedAt: null, whole: false });
  });

  test('a location without a name is warned about, one without an id is refused', () => {
    expect(snapshotOf({ location_id: 7, status: 'inactive' })).toMatchObject({
      snapshot: { externalRef: '7', name: undefined, active: false },
      warnings: [{ code: 'MISSING_VALUE', field: 'location_name' }],
    });
    expect(() => locationMapper.parse({ location_name: 'x' })).toThrow('location_id');
  });

  test('a run makes their warehouses, and the primary one becomes ours', async () => {
    await load();
    expect(await warehouses()).toMatchObject([
      { isPrimary: true, active: true, sync: { state: 'linked' } },
      { name: 'Retail Shop', isPrimary: false, active: true, sync: { state: 'linked' } },
      { name: 'Wholesale Store', isPrimary: false, active: true, sync: { state: 'linked' } },
    ]);
    await load();
    expect(await warehouses()).toHaveLength(3);
  });

  test('a location that is gone closes its warehouse, comes back with it, and never closes the primary one', async () => {
    const at = { origin: 'zoho', actor: 'test' } as const;
    const { transact } = t.app.services;
    for (const ref of ['5270413000000030001', '5270413000000030055']) {
      await transact(at, (tx) => closeGoneWarehouse(tx, ref));
    }
    expect((await warehouses()).map(({ active }) => active)).toEqual([true, false, true]);
    await transact(at, (tx) =>
      upsertReportedWarehouse(tx, { externalRef: '5270413000000030055', name: 'Shop', active: true, primary: false }),
    );
    expect((await warehouses())[1]).toMatchObject({ name: 'Retail Shop', active: true });
    expect(await transact(at, (tx) => closeGoneWarehouse(tx, 'never seen'))).toBeNull();
  });
});
