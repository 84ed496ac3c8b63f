import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Cashier } from '../support/cash.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

const TRANSFER = `id number version kind status fromBoxId toBoxId fromBoxName toBoxName requestedBy approvedBy sentOn receivedOn cancelReason
  lines { currency amount { amount } missing { amount } fee { amount } arrives { amount currency } }`;

describe('cash between boxes', () => {
  let t: TestApp;
  let office: Cashier;
  let road: Cashier;
  let seller: Seller;
  let customerId: string;
  let userId: string;
  let safe: any;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    office = new Cashier(t, await t.as('ACCOUNTANT'));
    const client = await t.as('SALESPERSON');
    road = new Cashier(t, client);
    seller = new Seller(t, client);
    userId = (await client.query<any>('{ me { userId } }')).data.me.userId;
    const today = businessDate(t.config.timeZone);
    await office.rate('USD', '1300', addDays(today, -40));
    await office.rate('USD', '1320', today);
    customerId = await office.customer('USD');
    await t.db.sql('update customers set salesperson_id = $2 where id = $1', [customerId, userId]);
    safe = await office.boxNamed('Safe HQ');
    await new Seller(t, office.client).pay({ customerId, amount: '500', currency: 'USD' });
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    expect(await inTransit()).toEqual([]);
    await t.stop();
  });

  const run = async (who: Cashier, mutation: string, types: Record<string, string>, args: object): Promise<any> => {
    const short = ['sendCashTransfer', 'handOverCash', 'exchangeCash'].includes(mutation);
    const answer = await who.run(
      mutation,
      { ...types, idempotencyKey: 'ID!' },
      { ...args, idempotencyKey: newId() },
      `... on CashTransferRecorded { transfer { ${TRANSFER} } } ${short ? '... on InsufficientCashError { available requested }' : ''}`,
    );
    return answer.transfer ?? answer;
  };
  const STEP = { id: 'ID!', version: 'Int!' };
  const request = (who: Cashier, input: object) =>
    run(who, 'requestCashTransfer', { input: 'RequestCashTransferInput!' }, { input });
  const approve = (who: Cashier, { id, version }: any) => run(who, 'approveCashTransfer', STEP, { id, version });
  const send = (who: Cashier, { id, version }: any) => run(who, 'sendCashTransfer', STEP, { id, version });
  const receive = (who: Cashier, { id, version }: any, fees: object[] | null = null) =>
    run(who, 'receiveCashTransfer', { ...STEP, fees: '[CashAmountInput!]' }, { id, version, fees });
  const cancel = (who: Cashier, { id, version }: any) =>
    run(who, 'cancelCashTransfer', { ...STEP, reason: 'String!' }, { id, version, reason: 'Not today' });
  const handOver = (who: Cashier, input: object) =>
    run(who, 'handOverCash', { input: 'HandOverCashInput!' }, { input });
  const linesOf = (documentId: string, event: string): Promise<any[]> =>
    t.db.sql(
      `select l.account, l.party_id as party, l.currency, trim_scale(l.amount)::text as amount
       from journal_entries e join journal_lines l on l.entry_id = e.id
       where e.document_id = $1 and e.event = $2 and l.account <> 4810 order by l.account, l.currency`,
      [documentId, event],
    );
  const inTransit = (): Promise<any[]> =>
    t.db.sql(
      `select currency, sum(amount)::float8 as amount, sum(base)::float8 as base from journal_lines where account = 1180
       group by 1 having sum(amount) <> 0 or sum(base) <> 0`,
    );

  test('going live: a transfer is asked for, approved, sent and received with a fee; between the two it is in transit', async () => {
    const channel = await office.make({ kind: 'CHANNEL', name: 'Channel', nameAr: 'شركة تحويل' });
    const asked = await request(office, {
      fromBoxId: safe.id,
      toBoxId: channel.id,
      amounts: [{ currency: 'USD', amount: '100' }],
      notes: 'For Basra',
    });
    expect(asked).toMatchObject({
      status: 'REQUESTED',
      kind: 'TRANSFER',
      fromBoxName: 'Safe HQ',
      toBoxName: 'Channel',
    });
    expect(asked.number).toMatch(/^CT-HQ-0{5}\d$/);
    expect(await send(office, asked)).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(await approve(road, asked)).toMatchObject({ code: 'FORBIDDEN' });
    const approved = await approve(office, asked);
    expect(await send(office, asked)).toMatchObject({ code: 'STALE_VERSION' });
    const sent = await send(office, approved);
    expect(sent).toMatchObject({ status: 'SENT' });
    expect(await linesOf(sent.id, 'CASH_SENT')).toEqual([
      { account: 1130, party: safe.id, currency: 'USD', amount: '-100' },
      { account: 1180, party: null, currency: 'USD', amount: '100' },
    ]);
    expect(await inTransit()).toEqual([{ currency: 'USD', amount: 100, base: 100 }]);
    expect(await receive(office, sent, [{ currency: 'USD', amount: '101' }])).toMatchObject({ field: 'fees.0.amount' });
    const received = await receive(office, sent, [{ currency: 'USD', amount: '2.5' }]);
    expect(received).toMatchObject({ status: 'RECEIVED', lines: [{ arrives: { amount: '97.5', currency: 'USD' } }] });
    expect(await linesOf(sent.id, 'CASH_RECEIVED')).toEqual([
      { account: 1150, party: channel.id, currency: 'USD', amount: '97.5' },
      { account: 1180, party: null, currency: 'USD', amount: '-100' },
      { account: 6600, party: null, currency: 'USD', amount: '2.5' },
    ]);
    expect(await receive(office, received)).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
  });

  test('what was sent and is cancelled goes back; what a box does not hold is not sent', async () => {
    const to = await office.make({ kind: 'SAFE', name: 'Second', nameAr: 'ثانية' });
    const before = await office.holds('Safe HQ', 'USD');
    const ask = (amount: string) =>
      request(office, { fromBoxId: safe.id, toBoxId: to.id, amounts: [{ currency: 'USD', amount }] });
    const sent = await send(office, await approve(office, await ask('50')));
    expect(await office.holds('Safe HQ', 'USD')).toBe(String(Number(before) - 50));
    expect(await cancel(office, sent)).toMatchObject({ status: 'CANCELLED', cancelReason: 'Not today' });
    expect(await office.holds('Safe HQ', 'USD')).toBe(before);
    const much = await approve(office, await ask('100000'));
    expect(await send(office, much)).toMatchObject({
      code: 'INSUFFICIENT_CASH',
      available: before,
      requested: '100000',
    });
    expect(await cancel(office, much)).toMatchObject({ status: 'CANCELLED' });
    const odd = { fromBoxId: safe.id, toBoxId: safe.id, amounts: [{ currency: 'EUR', amount: '0' }] };
    expect((await request(office, odd)).faults).toMatchObject([
      { field: 'toBoxId' },
      { field: 'amounts.0.currency' },
      { field: 'amounts.0.amount' },
    ]);
    expect(
      await request(road, { fromBoxId: safe.id, toBoxId: to.id, amounts: [{ currency: 'USD', amount: '1' }] }),
    ).toMatchObject({ code: 'NOT_FOUND', field: 'fromBoxId' });
  });

  test('going live: a hand-over holds what is claimed against what was collected; what is missing becomes a debt, once approved', async () => {
    await seller.pay({ customerId, amount: '65000', currency: 'IQD' });
    await seller.pay({ customerId, amount: '40', currency: 'USD' });
    const [own] = await road.boxes();
    const handed = await handOver(road, {
      fromBoxId: own.id,
      claims: [
        { currency: 'IQD', amount: '60000' },
        { currency: 'USD', amount: '40' },
      ],
    });
    expect(handed).toMatchObject({
      status: 'SENT',
      kind: 'HAND_OVER',
      toBoxId: safe.id,
      lines: [
        { currency: 'IQD', amount: { amount: '65000' }, missing: { amount: '5000' } },
        { currency: 'USD', amount: { amount: '40' }, missing: { amount: '0' } },
      ],
    });
    expect((await road.boxes())[0].balances.map((one: any) => one.balance.amount)).toEqual(['0', '0']);
    expect(await receive(road, handed)).toMatchObject({ code: 'FORBIDDEN' });
    const before = Number(await office.holds('Safe HQ', 'IQD'));
    expect(await receive(office, handed)).toMatchObject({ status: 'RECEIVED' });
    expect(await linesOf(handed.id, 'CASH_RECEIVED')).toEqual([
      { account: 1130, party: safe.id, currency: 'IQD', amount: '60000' },
      { account: 1130, party: safe.id, currency: 'USD', amount: '40' },
      { account: 1180, party: null, currency: 'IQD', amount: '-65000' },
      { account: 1180, party: null, currency: 'USD', amount: '-40' },
      { account: 1230, party: userId, currency: 'IQD', amount: '5000' },
    ]);
    expect(Number(await office.holds('Safe HQ', 'IQD'))).toBe(before + 60_000);
    const listed = await road.client.query<any>('{ cashTransfers { totalCount nodes { id } } }');
    expect(listed.data.cashTransfers).toEqual({ totalCount: 1, nodes: [{ id: handed.id }] });
    const other = new Cashier(t, await t.as('SALESPERSON'));
    const seen = await other.client.query<any>(
      'query($id: ID!) { cashTransfers { totalCount } cashTransfer(id: $id) { id } }',
      { id: handed.id },
    );
    expect(seen.data).toEqual({ cashTransfers: { totalCount: 0 }, cashTransfer: null });
  });

  test('part of what was collected can be handed over, and never more than that', async () => {
    await seller.pay({ customerId, amount: '30', currency: 'USD' });
    const [own] = await road.boxes();
    const claim = (amount: string, keepsRest: boolean) =>
      handOver(road, { fromBoxId: own.id, claims: [{ currency: 'USD', amount }], keepsRest });
    expect(await claim('31', false)).toMatchObject({ code: 'INSUFFICIENT_CASH', available: '30', requested: '31' });
    expect(await claim('0', true)).toMatchObject({ code: 'BAD_INPUT', field: 'claims' });
    const part = await claim('10', true);
    expect(part.lines).toMatchObject([{ amount: { amount: '10' }, missing: { amount: '0' } }]);
    const keeper = new Cashier(t, await t.as('CASHIER'));
    expect(await receive(keeper, part)).toMatchObject({ code: 'NOT_FOUND' });
    const { userId: keeperId } = (await keeper.client.query<any>('{ me { userId } }')).data.me;
    await office.change({ ...(await office.boxNamed('Safe HQ')), keeperId });
    expect(await receive(keeper, part)).toMatchObject({ status: 'RECEIVED' });
    const all = await claim('15', false);
    expect(await receive(keeper, all)).toMatchObject({ code: 'APPROVAL_NEEDED' });
    expect(await receive(office, all)).toMatchObject({ status: 'RECEIVED', lines: [{ missing: { amount: '5' } }] });
  });

  test('dollars become dinars at the rate of the day or at what was got', async () => {
    const exchange = (input: object) => run(office, 'exchangeCash', { input: 'ExchangeCashInput!' }, { input });
    const [usd, iqd] = [await office.holds('Safe HQ', 'USD'), await office.holds('Safe HQ', 'IQD')];
    const given = { fromBoxId: safe.id, currency: 'USD', amount: '50', toCurrency: 'IQD' };
    const done = await exchange(given);
    expect(done).toMatchObject({ status: 'RECEIVED', lines: [{ arrives: { amount: '66000', currency: 'IQD' } }] });
    expect(await exchange({ ...given, toAmount: '65500' })).toMatchObject({
      lines: [{ arrives: { amount: '65500', currency: 'IQD' } }],
    });
    expect(await office.holds('Safe HQ', 'USD')).toBe(String(Number(usd) - 100));
    expect(await office.holds('Safe HQ', 'IQD')).toBe(String(Number(iqd) + 131_500));
    const base = await t.db.sql<any>(
      `select l.account, l.currency, trim_scale(l.amount)::text as amount, trim_scale(l.base)::text as base
       from journal_entries e join journal_lines l on l.entry_id = e.id where e.document_id = $1 order by 1, 2`,
      [done.id],
    );
    expect(base).toEqual([
      { account: 1130, currency: 'IQD', amount: '66000', base: '50' },
      { account: 1130, currency: 'USD', amount: '-50', base: '-50' },
      { account: 1190, currency: 'IQD', amount: '-66000', base: '0' },
      { account: 1190, currency: 'USD', amount: '50', base: '0' },
    ]);
    expect(await exchange({ ...given, toCurrency: 'USD' })).toMatchObject({ field: 'toCurrency' });
    expect(await exchange({ ...given, amount: '999999' })).toMatchObject({ code: 'INSUFFICIENT_CASH' });
  });

  test('a transfer that ten people receive at once is received once', async () => {
    const to = await office.boxNamed('Second');
    const asked = await request(office, {
      fromBoxId: safe.id,
      toBoxId: to.id,
      amounts: [{ currency: 'USD', amount: '20' }],
    });
    const sent = await send(office, await approve(office, asked));
    const answers = await Promise.all(Array.from({ length: 10 }, () => receive(office, sent)));
    expect(answers.filter(({ status }) => status === 'RECEIVED')).toHaveLength(1);
    expect(await office.holds('Second', 'USD')).toBe('20');
  });
});
