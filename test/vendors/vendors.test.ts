import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { FAULTS, faultsOfMutation } from '../support/faults.js';

describe('vendors', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const CREATE = `mutation($input: CreateVendorInput!) { createVendor(input: $input) { ... on Vendor { id code nameAr version } ${FAULTS} } }`;
  const UPDATE = `mutation($input: UpdateVendorInput!) { updateVendor(input: $input) { ... on Vendor { id code name version } ${FAULTS} } }`;
  const create = async (input: object): Promise<any> => (await owner.query<any>(CREATE, { input })).data.createVendor;

  test('one is made with a code of its own, changed under its version, and archived', async () => {
    const made = await create({ name: 'Shenzhen Ltd' });
    expect(made).toMatchObject({ code: expect.stringMatching(/^V\d{5}$/), nameAr: 'Shenzhen Ltd', version: 1 });
    const update = async (version: number): Promise<any> =>
      (await owner.query<any>(UPDATE, { input: { id: made.id, version, name: 'Shenzhen' } })).data.updateVendor;
    expect(await update(1)).toMatchObject({ name: 'Shenzhen', version: 2 });
    expect(await update(1)).toMatchObject({ __typename: 'StaleVersionError' });
    const archive = async (version: number): Promise<any> =>
      (
        await owner.query<any>(
          `mutation($id: ID!, $v: Int!) { archiveVendor(id: $id, version: $v) { ... on Vendor { version } ${FAULTS} } }`,
          { id: made.id, v: version },
        )
      ).data.archiveVendor;
    expect(await archive(1)).toMatchObject({ __typename: 'StaleVersionError' });
    expect(await archive(2)).toMatchObject({ version: 3 });
    expect(await archive(2)).toMatchObject({ version: 3 });
    const codes = async (filter: string): Promise<string[]> =>
      (await owner.query<any>(`{ vendors(filter: ${filter}) { nodes { code } } }`)).data.vendors.nodes.map(
        (one: any) => one.code,
      );
    expect(await codes(`{ code: { eq: "${made.code}" } }`)).toEqual([]);
    expect(await codes('{ OR: [{ archivedAt: { isNull: false } }] }')).toEqual([made.code]);
  });

  test('a form learns all its faults at once', async () => {
    const { id } = await create({ name: 'Known', code: 'KNOWN' });
    const wrong = { paymentTermsDays: 366, notes: 'x'.repeat(2001) };
    expect(
      await faultsOfMutation(owner, CREATE, { input: { ...wrong, name: ' ', code: 'KNOWN', currency: 'EUR' } }),
    ).toEqual([
      'name: BAD_INPUT',
      'notes: BAD_INPUT',
      'currency: BAD_INPUT',
      'paymentTermsDays: BAD_INPUT',
      'code: ALREADY_EXISTS',
    ]);
    expect(await faultsOfMutation(owner, UPDATE, { input: { ...wrong, id, version: 1, name: null } })).toEqual([
      'name: BAD_INPUT',
      'notes: BAD_INPUT',
      'paymentTermsDays: BAD_INPUT',
    ]);
  });
});
