import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { Cashier } from '../support/cash.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

const COMMISSION = `id version month status currency basisAmount { amount } earned { amount } bonus { amount } total { amount } paidOn boxId`;

describe('commission', () => {
  let t: TestApp;
  let office: Cashier;
  let owner: Seller;
  let today: string;
  let month: string;
  let last: string;
  let safe: any;
  const people: { client: TestClient; userId: string; customerId: string }[] = [];
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    office = new Cashier(t, await t.as('ACCOUNTANT'));
    owner = new Seller(t, await t.as('OWNER'));
    today = businessDate(t.config.timeZone);
    month = `${today.slice(0, 7)}-01`;
    last = `${addDays(month, -1).slice(0, 7)}-01`;
    await office.rate('USD', '1300', addDays(last, -1));
    for (let person = 0; person < 2; person += 1) {
      const client = await t.as('SALESPERSON');
      const { userId } = (await client.query<any>('{ me { userId } }')).data.me;
      const customerId = await office.customer('USD');
      await t.db.sql('update customers set salesperson_id = $2 where id = $1', [customerId, userId]);
      people.push({ client, userId, customerId });
    }
    safe = await office.boxNamed('Safe HQ');
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const sell = (customerId: string, unitPrice: string, issuedOn: string, currency = 'USD'): Promise<any> =>
    owner.invoice({
      customerId,
      currency,
      issuedOn,
      freeLines: [{ description: 'Service', quantity: '1', unitPrice, taxPercent: '10' }],
    });
  const plan = (input: object): Promise<any> =>
    office.run('setCommissionPlan', { input: 'SetCommissionPlanInput!' }, { input }, '... on CommissionPlanSet { id }');
  const calculate = (of: string, who = office): Promise<any> =>
    who.run('calculateCommissions', { month: 'Date!' }, { month: of }, '... on CommissionsCalculated { month }');
  const step = async (mutation: string, { id, version }: any, boxId?: string): Promise<any> => {
    const answer = await office.run(
      mutation,
      { id: 'ID!', version: 'Int!', ...(boxId ? { boxId: 'ID!' } : {}), idempotencyKey: 'ID!' },
      { id, version, boxId, idempotencyKey: newId() },
      `... on CommissionRecorded { commission { ${COMMISSION} } }`,
    );
    return answer.commission ?? answer;
  };
  const listed = async (client: TestClient): Promise<any[]> =>
    (await client.query<any>(`{ commissions(orderBy: MONTH_ASC) { nodes { salespersonId ${COMMISSION} } } }`)).data
      .commissions.nodes;
  const of = async (person: number, which = last): Promise<any> =>
    (await listed(office.client)).find((one) => one.salespersonId === people[person]?.userId && one.month === which);

  test('going live: it is computed from what was sold or collected by who looked after the customer on the day', async () => {
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await plan({
      salespersonId: a.userId,
      fromMonth: last,
      basis: 'SALES',
      ratePercent: '2.5',
      target: '1000',
      bonus: '50',
    });
    await plan({ salespersonId: b.userId, fromMonth: last, basis: 'COLLECTED', ratePercent: '1' });
    const invoice = await sell(a.customerId, '1200', addDays(last, 3));
    await sell(a.customerId, '130000', addDays(last, 4), 'IQD');
    await owner.credit({ invoiceId: invoice.id, amount: '100', issuedOn: addDays(last, 5) });
    // A later change of salesperson moves nothing that was sold.
    await t.db.sql('update customers set salesperson_id = $2 where id = $1', [a.customerId, b.userId]);
    await sell(b.customerId, '9999', addDays(last, 6));
    await owner.pay({ customerId: b.customerId, amount: '300', currency: 'USD', receivedOn: addDays(last, 7) });
    expect(await calculate(last)).toMatchObject({ month: last });
    // 1,200 and 100 for the dinars, less a credit of 100.
    expect(await of(0)).toMatchObject({
      status: 'CALCULATED',
      currency: 'USD',
      basisAmount: { amount: '1200' },
      earned: { amount: '30' },
      bonus: { amount: '50' },
      total: { amount: '80' },
    });
    expect(await of(1)).toMatchObject({ basisAmount: { amount: '300' }, total: { amount: '3' } });
  });

  test('computing it again changes nothing, and a month that goes on is pending', async () => {
    const before = await of(0);
    await calculate(last);
    expect(await of(0)).toEqual(before);
    await calculate(month);
    expect(await of(0, month)).toMatchObject({ status: 'PENDING', total: { amount: '0' } });
    expect(await step('approveCommission', await of(0, month))).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(await calculate(addDays(month, 1))).toMatchObject({ code: 'BAD_INPUT', field: 'month' });
    const road = new Cashier(t, (people[0] as any).client);
    expect(await calculate(last, road)).toMatchObject({ code: 'FORBIDDEN' });
    expect((await listed(road.client)).every(({ salespersonId }) => salespersonId === people[0]?.userId)).toBe(true);
  });

  test('what is approved is owed to the salesperson, stays as it is, and is paid out of a box', async () => {
    const approved = await step('approveCommission', await of(0));
    expect(approved).toMatchObject({ status: 'APPROVED' });
    const due = (): Promise<any[]> =>
      t.db.sql(
        `select party_id as "userId", sum(amount)::float8 as due from journal_lines where account = 2140 group by 1 having sum(amount) <> 0`,
      );
    expect(await due()).toEqual([{ userId: people[0]?.userId, due: -80 }]);
    await t.db.sql('update customers set salesperson_id = $2 where id = $1', [
      people[0]?.customerId,
      people[0]?.userId,
    ]);
    await sell(people[0]?.customerId as string, '500', addDays(last, 8));
    await calculate(last);
    expect(await of(0)).toMatchObject({ status: 'APPROVED', total: { amount: '80' } });
    // What was paid lies in the safe.
    const paid = await step('payCommission', approved, safe.id);
    expect(paid).toMatchObject({ status: 'PAID', boxId: safe.id, paidOn: today });
    expect(await due()).toEqual([]);
    expect(await step('payCommission', paid, safe.id)).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    const odd = {
      salespersonId: newId(),
      fromMonth: addDays(month, 1),
      basis: 'SALES',
      ratePercent: '101',
      target: '1',
    };
    expect((await plan(odd)).faults.map(({ field }: any) => field)).toEqual([
      'salespersonId',
      'fromMonth',
      'ratePercent',
      'bonus',
    ]);
  });
});
