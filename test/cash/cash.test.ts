import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Cashier } from '../support/cash.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

describe('cash boxes', () => {
  let t: TestApp;
  let owner: Seller;
  let office: Cashier;
  let customerId: string;
  let today: string;
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
    office = new Cashier(t, await t.as('ACCOUNTANT'));
    today = businessDate(t.config.timeZone);
    await office.rate('USD', '1300', addDays(today, -40));
    customerId = await office.customer('USD');
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
  });

  const payDay = (amount: string, receivedOn: string): Promise<any> =>
    owner.pay({ customerId, amount, currency: 'USD', receivedOn });

  test('every branch has a till, a safe and a bank; money that names no box goes there by its method', async () => {
    const boxes = await office.boxes();
    expect(boxes.map(({ kind, name, isDefault }: any) => [kind, name, isDefault])).toEqual([
      ['BANK', 'Bank HQ', true],
      ['SAFE', 'Safe HQ', true],
      ['TILL', 'Till HQ', true],
    ]);
    await payDay('100', addDays(today, -20));
    await payDay('40', addDays(today, -10));
    await owner.pay({ customerId, amount: '7', currency: 'USD', method: 'CARD' });
    expect(await office.holds('Safe HQ', 'USD')).toBe('140');
    expect(await office.holds('Bank HQ', 'USD')).toBe('7');
  });

  test('what a box held at a past day, and its cash book with what it held after each line', async () => {
    const safe = await office.boxNamed('Safe HQ');
    const on = async (day: string): Promise<string | undefined> =>
      (await office.balancesOn(day)).find(({ boxId }: any) => boxId === safe.id)?.balance.amount;
    const days = [addDays(today, -21), addDays(today, -15), today];
    expect(await Promise.all(days.map(on))).toEqual(['0', '100', '140']);
    await t.drain();
    expect(await Promise.all(days.map(on))).toEqual(['0', '100', '140']);
    const book = await office.book(safe.id, 'USD');
    expect(book.map(({ day, amount, balance }: any) => [day, amount.amount, balance.amount])).toEqual([
      [addDays(today, -20), '100', '100'],
      [addDays(today, -10), '40', '140'],
    ]);
  });

  test('nobody takes more out of a box than it holds, and the refusal says how much that is', async () => {
    const box = await office.make({ kind: 'SAFE', name: 'Back safe', nameAr: 'قاصة خلفية' });
    const payment = await owner.pay({ customerId, amount: '30', currency: 'USD', boxId: box.id });
    const other = await owner.pay({ customerId, amount: '80', currency: 'USD', method: 'BANK_TRANSFER' });
    const answer = await office.refund({ paymentId: other.id, amount: '31', method: 'CASH', boxId: box.id });
    expect(answer).toMatchObject({
      __typename: 'InsufficientCashError',
      available: '30',
      requested: '31',
      currency: 'USD',
      boxId: box.id,
      boxName: 'Back safe',
    });
    expect(await office.refund({ paymentId: other.id, amount: '25', method: 'CASH', boxId: box.id })).toMatchObject({
      replayed: false,
    });
    expect(await office.holds('Back safe', 'USD')).toBe('5');
    expect(await owner.voidPayment(payment)).toMatchObject({ code: 'INSUFFICIENT_CASH' });
    expect(await office.holds('Back safe', 'USD')).toBe('5');
  });

  test('a bank that may be overdrawn is, and one that may not is not', async () => {
    const strict = await office.make({ kind: 'BANK', name: 'Strict', nameAr: 'مصرف' });
    const loose = await office.make({ kind: 'BANK', name: 'Loose', nameAr: 'مصرف', mayOverdraw: true });
    const payment = await owner.pay({ customerId, amount: '80', currency: 'USD' });
    const back = { paymentId: payment.id, amount: '10', method: 'BANK_TRANSFER' };
    expect(await office.refund({ ...back, boxId: strict.id })).toMatchObject({ code: 'INSUFFICIENT_CASH' });
    expect(await office.refund({ ...back, boxId: loose.id })).toMatchObject({ replayed: false });
    expect(await office.holds('Loose', 'USD')).toBe('-10');
    expect(await office.refund({ ...back, method: 'CASH', boxId: loose.id })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'boxId',
    });
  });

  test('twenty at once take out of a box exactly what it holds', async () => {
    const box = await office.make({ kind: 'SAFE', name: 'Raced', nameAr: 'قاصة' });
    await owner.pay({ customerId, amount: '70', currency: 'USD', boxId: box.id });
    const payments = await Promise.all(
      Array.from({ length: 20 }, () => owner.pay({ customerId, amount: '10', currency: 'USD', method: 'CARD' })),
    );
    const answers = await Promise.all(
      payments.map(({ id }) => office.refund({ paymentId: id, amount: '10', method: 'CASH', boxId: box.id })),
    );
    expect(answers.filter(({ refundId }) => refundId)).toHaveLength(7);
    expect(answers.filter(({ code }) => code === 'INSUFFICIENT_CASH')).toHaveLength(13);
    expect(await office.holds('Raced', 'USD')).toBe('0');
  });

  test('what a salesperson collects in cash lies in the own box, which nobody else on the road sees', async () => {
    const client = await t.as('SALESPERSON');
    const { userId, name } = (await client.query<any>('{ me { userId name } }')).data.me;
    await t.db.sql('update customers set salesperson_id = $2 where id = $1', [customerId, userId]);
    const road = new Cashier(t, client);
    const seller = new Seller(t, client);
    expect(await road.boxes()).toEqual([]);
    await seller.pay({ customerId, amount: '65000', currency: 'IQD' });
    await seller.pay({ customerId, amount: '12', currency: 'USD' });
    const [own, ...more] = await road.boxes();
    expect(more).toEqual([]);
    expect(own).toMatchObject({ kind: 'SALESPERSON', keeperId: userId, name: `Box of ${name}` });
    expect(own.balances).toEqual([
      { currency: 'IQD', balance: { amount: '65000' } },
      { currency: 'USD', balance: { amount: '12' } },
    ]);
    const other = new Cashier(t, await t.as('SALESPERSON'));
    expect(await other.boxes()).toEqual([]);
    expect(await other.balancesOn(today)).toEqual([]);
    await expect(other.book(own.id, 'IQD')).rejects.toThrow('Cash box not found.');
    const boxId = (await office.boxNamed('Safe HQ')).id;
    expect(await seller.pay({ customerId, amount: '1', currency: 'USD', boxId })).toMatchObject({
      code: 'NOT_FOUND',
      field: 'boxId',
    });
  });

  test('a box that cannot be is refused with everything that is wrong with it', async () => {
    const safe = await office.boxNamed('Safe HQ');
    const names = { name: ' ', nameAr: 'x'.repeat(101) };
    const odd = { kind: 'SALESPERSON', ...names, mayOverdraw: true, branchId: newId() };
    expect((await office.make(odd)).faults).toMatchObject([
      { code: 'NOT_FOUND', field: 'branchId' },
      { code: 'BAD_INPUT', field: 'name' },
      { code: 'BAD_INPUT', field: 'nameAr' },
      { code: 'BAD_INPUT', field: 'keeperId' },
      { code: 'BAD_INPUT', field: 'mayOverdraw' },
    ]);
    expect(await office.change({ ...safe, active: false })).toMatchObject({ code: 'BAD_INPUT', field: 'active' });
    expect(await office.change({ ...safe, version: 99, name: 'X' })).toMatchObject({ code: 'STALE_VERSION' });
    const loose = await office.boxNamed('Loose');
    expect(await office.change({ ...loose, active: false })).toMatchObject({ code: 'BAD_INPUT', field: 'active' });
    const raced = await office.boxNamed('Raced');
    expect(await office.change({ ...raced, isDefault: true })).toMatchObject({ isDefault: true });
    expect(await office.boxNamed('Safe HQ')).toMatchObject({ isDefault: false });
    await payDay('3', today);
    expect(await office.holds('Raced', 'USD')).toBe('3');
    const cashier = new Cashier(t, await t.as('CASHIER'));
    expect(await cashier.make({ kind: 'SAFE', name: 'No', nameAr: 'لا' })).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('a line that a release without boxes writes goes to the default box of its branch', async () => {
    const [branch] = await t.db.sql<any>('select id from branches limit 1');
    const before = await office.holds('Bank HQ', 'IQD');
    await t.db.sql(
      `with e as (insert into journal_entries (day, event, document_type, document_id, actor, origin)
         values (current_date, 'OTHER', 'other', $1, 'system', 'system') returning id, day)
       insert into journal_lines (entry_id, line, account, currency, amount, base, day, branch_id)
       select e.id, x.line, x.account, 'IQD', x.amount, 0, e.day, $2
       from e cross join (values (1, 1140, 500), (2, 4200, -500)) x(line, account, amount)`,
      [newId(), branch.id],
    );
    expect(Number(await office.holds('Bank HQ', 'IQD')) - Number(before)).toBe(500);
  });
});
