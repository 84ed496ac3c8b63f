import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedContact } from '../../src/simulator/company-contacts.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { CREDIT_NOTES, INVOICES, Mirrored, PAYMENTS } from '../support/mirrored.js';

const read = (name: string) => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));
const recorded = {
  invoice: read('books-invoice-detail').invoice,
  payment: read('books-customerpayment-detail').payment,
  note: read('books-creditnote-detail').creditnote,
};

interface Applied {
  invoice: string;
  amount: number;
}

describe('payments and credit notes of Zoho', () => {
  const invoices = new Mirrored(INVOICES);
  const payments = new Mirrored(PAYMENTS);
  const notes = new Mirrored(CREDIT_NOTES);
  let t: TestApp;
  let owner: TestClient;
  let contact: SimulatedContact;
  let next = 0;
  beforeAll(async () => {
    const resources = [invoices.resource(), payments.resource(), notes.resource()];
    t = await startTestApp({ simulator: { items: 2, contacts: 0, resources } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());
  beforeEach(async () => {
    await t.drain();
    contact = t.simulator!.addContact({ type: 'customer', currency: 'USD', active: true });
  });

  const fresh = (kind: string): string => `${kind}-${(next += 1)}`;
  const line = (id: string, total: number) => ({
    line_item_id: `${id}-line`,
    name: 'Goods',
    quantity: 1,
    rate: total,
    item_total: total,
    line_item_taxes: [],
  });
  const invoice = (id: string, total: number, change: object = {}) => ({
    ...recorded.invoice,
    salesorder_id: '',
    invoice_number: `N-${id}`,
    customer_id: contact.contactId,
    currency_code: 'USD',
    date: '2026-01-10',
    due_date: '2026-02-10',
    line_items: [line(id, total)],
    sub_total: total,
    tax_total: 0,
    total,
    balance: total,
    ...change,
  });
  const payment = (id: string, amount: number, applied: Applied[], change: object = {}) => ({
    ...recorded.payment,
    last_modified_time: undefined,
    payment_number: `N-${id}`,
    customer_id: contact.contactId,
    currency_code: 'USD',
    date: '2026-01-15',
    amount,
    unused_amount: amount - applied.reduce((sum, one) => sum + one.amount, 0),
    invoices: applied.map((one) => ({ invoice_id: one.invoice, amount_applied: one.amount })),
    ...change,
  });
  const note = (id: string, total: number, applied: Applied[], change: object = {}) => ({
    ...recorded.note,
    creditnote_number: `N-${id}`,
    invoice_id: '',
    customer_id: contact.contactId,
    currency_code: 'USD',
    date: '2026-01-16',
    line_items: [line(id, total)],
    sub_total: total,
    tax_total: 0,
    total,
    balance: total - applied.reduce((sum, one) => sum + one.amount, 0),
    invoices_credited: applied.map((one) => ({ invoice_id: one.invoice, amount_applied: one.amount })),
    ...change,
  });
  const bring = async (where: Mirrored, id: string, body: object): Promise<void> => {
    await where.send(t, where.put(id, body as never));
    await t.drain();
  };
  const row = async (table: string, id: string) =>
    (await t.db.sql<any>(`select * from ${table} where external_ref = $1`, [id]))[0];
  const figures = async (table: string, id: string, columns: readonly string[]): Promise<number[]> => {
    const found = await row(table, id);
    return columns.map((column) => Number(found[column]));
  };
  const ofCustomer = async (sql: string): Promise<number> =>
    Number((await t.db.sql<any>(`${sql} where c.external_ref = $1`, [contact.contactId]))[0].n);
  const balance = (): Promise<number> =>
    ofCustomer(
      'select coalesce(sum(b.balance), 0) as n from customer_balances b join customers c on c.id = b.customer_id',
    );
  const journal = (): Promise<number> =>
    ofCustomer(
      `select coalesce(sum(l.amount), 0) as n from customers c join journal_lines l on l.account = 1210 and l.party_id = c.id`,
    );
  const open = (): Promise<number> =>
    ofCustomer('select coalesce(sum(i.balance), 0) as n from customers c join invoices i on i.customer_id = c.id');
  const box = async (): Promise<number> =>
    Number(
      (
        await t.db.sql<any>(
          `select coalesce(sum(b.balance), 0) as n from cash_balances b join cash_boxes c on c.id = b.box_id where c.external_ref is not null`,
        )
      )[0].n,
    );

  test('a payment settles what it says, and its money lies in the account of Zoho', async () => {
    const [a, p] = [fresh('inv'), fresh('pay')];
    const before = await box();
    await bring(invoices, a, invoice(a, 100));
    await bring(payments, p, payment(p, 130, [{ invoice: a, amount: 100 }]));
    expect(await figures('invoices', a, ['paid', 'balance'])).toEqual([100, 0]);
    expect(await figures('payments', p, ['amount', 'applied', 'unapplied'])).toEqual([130, 100, 30]);
    expect([await balance(), await journal(), (await box()) - before]).toEqual([-30, -30, 130]);
    const { data } = await owner.query(
      `query($id: ID!) { payment(id: $id) { source reportedNumber reportedStatus method reported { total { amount } balance { amount } reference }
         allocations { amount { amount } day } sync { state } } }`,
      { id: (await row('payments', p)).id },
    );
    expect(data['payment']).toMatchObject({
      source: 'ZOHO',
      reportedNumber: `N-${p}`,
      reportedStatus: 'PAID',
      method: 'BANK_TRANSFER',
      reported: { total: { amount: '130' }, balance: { amount: '30' } },
      allocations: [{ amount: { amount: '100' }, day: '2026-01-15' }],
      sync: { state: 'linked' },
    });
  });

  test('money that comes before its invoice is in the books at once, and settles it when it comes', async () => {
    const [a, p] = [fresh('inv'), fresh('pay')];
    await bring(payments, p, payment(p, 60, [{ invoice: a, amount: 60 }]));
    expect([await balance(), ...(await figures('payments', p, ['unapplied']))]).toEqual([-60, 60]);
    await bring(invoices, a, invoice(a, 100));
    expect(await figures('invoices', a, ['paid', 'balance'])).toEqual([60, 40]);
    expect([await balance(), ...(await figures('payments', p, ['unapplied']))]).toEqual([40, 0]);
  });

  test('an invoice that becomes smaller than what was paid on it frees the rest until the payment says so', async () => {
    const [a, b, p] = [fresh('inv'), fresh('inv'), fresh('pay')];
    await bring(invoices, a, invoice(a, 100));
    await bring(invoices, b, invoice(b, 50));
    await bring(payments, p, payment(p, 100, [{ invoice: a, amount: 100 }]));
    await bring(invoices, a, invoice(a, 80));
    expect(await figures('invoices', a, ['paid', 'balance'])).toEqual([80, 0]);
    await bring(
      payments,
      p,
      payment(p, 100, [
        { invoice: a, amount: 80 },
        { invoice: b, amount: 20 },
      ]),
    );
    expect(await figures('payments', p, ['applied', 'unapplied'])).toEqual([100, 0]);
    expect(await figures('invoices', b, ['paid', 'balance'])).toEqual([20, 30]);
    expect([await balance(), await open()]).toEqual([30, 30]);
  });

  test('charges of the bank, discounts and withheld taxes settle what Zoho says they settle', async () => {
    const [a, p] = [fresh('inv'), fresh('pay')];
    await bring(invoices, a, invoice(a, 100));
    const applied = [{ invoice_id: a, amount_applied: 90, discount_amount: 7, tax_amount_withheld: 3 }];
    await bring(payments, p, payment(p, 90, [], { invoices: applied, bank_charges: 2, unused_amount: 0 }));
    expect(await figures('invoices', a, ['balance'])).toEqual([0]);
    expect([await balance(), await journal()]).toEqual([0, 0]);
    const lines = await t.db.sql<any>(
      `select l.account, l.amount::float as amount from journal_entries e join journal_lines l on l.entry_id = e.id
       where e.document_id = $1 and l.account in (1130, 1140, 4120, 6600) order by 1`,
      [(await row('payments', p)).id],
    );
    expect(lines.map((one) => one.amount)).toEqual([88, 10, 2]);
  });

  test('an overpayment is given back, and a refund that is changed or taken back follows', async () => {
    const p = fresh('pay');
    const refund = (amount: number) => [
      { payment_refund_id: `${p}-r`, date: '2026-01-20', amount, refund_mode: 'cash' },
    ];
    await bring(payments, p, payment(p, 100, [], { payment_refunds: refund(40), unused_amount: 60 }));
    expect([await balance(), await journal()]).toEqual([-60, -60]);
    await bring(payments, p, payment(p, 100, [], { payment_refunds: refund(55), unused_amount: 45 }));
    expect([await balance(), ...(await figures('payments', p, ['refunded', 'unapplied']))]).toEqual([-45, 55, 45]);
    await bring(payments, p, payment(p, 100, [], { payment_refunds: [] }));
    expect([await balance(), await journal()]).toEqual([-100, -100]);
  });

  test('a deleted payment opens its invoices again', async () => {
    const [a, p] = [fresh('inv'), fresh('pay')];
    await bring(invoices, a, invoice(a, 100));
    await bring(payments, p, payment(p, 100, [{ invoice: a, amount: 100 }]));
    const body = payments.body(p);
    payments.remove(p);
    await payments.send(t, body, 'deleted');
    await t.drain();
    expect(await figures('invoices', a, ['paid', 'balance'])).toEqual([0, 100]);
    expect([await balance(), await journal()]).toEqual([100, 100]);
    expect((await row('payments', p)).voided_at).not.toBeNull();
  });

  test('a credit note settles, is given back, and knows the line it credits', async () => {
    const [a, c] = [fresh('inv'), fresh('cn')];
    await bring(invoices, a, invoice(a, 100));
    const credited = [{ ...line(c, 70), invoice_item_id: `${a}-line` }];
    const refunds = [{ creditnote_refund_id: `${c}-r`, date: '2026-01-20', amount: 25, refund_mode: 'cash' }];
    await bring(
      notes,
      c,
      note(c, 70, [{ invoice: a, amount: 40 }], {
        line_items: credited,
        invoice_id: a,
        creditnote_refunds: refunds,
        balance: 5,
      }),
    );
    expect(await figures('invoices', a, ['credited', 'balance'])).toEqual([40, 60]);
    expect(await figures('credit_notes', c, ['total', 'applied', 'refunded', 'unapplied'])).toEqual([70, 40, 25, 5]);
    expect([await balance(), await journal()]).toEqual([55, 55]);
    const { data } = await owner.query(
      `query($id: ID!) { creditNote(id: $id) { source reportedNumber reportedStatus agrees invoice { reportedNumber }
         lines { invoiceLineId lineTotal { amount } } reported { balance { amount } } } }`,
      { id: (await row('credit_notes', c)).id },
    );
    expect(data['creditNote']).toMatchObject({
      source: 'ZOHO',
      reportedStatus: 'OPEN',
      agrees: true,
      invoice: { reportedNumber: `N-${a}` },
      lines: [{ invoiceLineId: expect.any(String), lineTotal: { amount: '70' } }],
      reported: { balance: { amount: '5' } },
    });
    await bring(notes, c, { ...notes.body(c), status: 'void', creditnote_refunds: [], invoices_credited: [] });
    expect([await balance(), await journal(), await open()]).toEqual([100, 100, 100]);
  });

  test('whatever the order, the balance is what Zoho says: random histories of a customer', async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let history = 0; history < 12; history += 1) {
      contact = t.simulator!.addContact({ type: 'customer', currency: 'USD', active: true });
      const totals = new Map<string, number>();
      const deliveries: (() => Promise<unknown>)[] = [];
      const say = (where: Mirrored, id: string, body: object): void => {
        const said = where.put(id, body as never);
        deliveries.push(() => where.send(t, said));
      };
      const ids = Array.from({ length: 1 + random(3) }, () => fresh('inv'));
      for (const id of ids) {
        for (let edit = 0; edit <= random(3); edit += 1) {
          const total = 10 + random(200);
          totals.set(id, total);
          say(invoices, id, invoice(id, total));
        }
      }
      // What is still open at Zoho of each invoice, in cents.
      const left = new Map(totals);
      let unused = 0;
      for (let n = 0; n < 1 + random(4); n += 1) {
        const isNote = random(3) === 0;
        const id = fresh(isNote ? 'cn' : 'pay');
        const amount = 5 + random(150);
        const where = isNote ? notes : payments;
        const made = isNote ? note : payment;
        say(where, id, made(id, amount + random(20), [{ invoice: ids[0] as string, amount: 1 }]));
        let rest = amount;
        const applied: Applied[] = [];
        for (const one of ids) {
          const part = Math.min(rest, left.get(one) as number, random(80));
          if (part === 0) continue;
          applied.push({ invoice: one, amount: part });
          left.set(one, (left.get(one) as number) - part);
          rest -= part;
        }
        if (random(6) === 0) {
          for (const one of applied) left.set(one.invoice, (left.get(one.invoice) as number) + one.amount);
          say(where, id, { ...made(id, amount, []), status: 'void', payment_status: 'void' });
        } else {
          unused += rest;
          say(where, id, made(id, amount, applied));
        }
      }
      const order = [...deliveries, ...deliveries.filter(() => random(4) === 0)];
      for (let at = order.length - 1; at > 0; at -= 1) {
        const other = random(at + 1);
        [order[at], order[other]] = [order[other]!, order[at]!];
      }
      for (const deliver of order) {
        await deliver();
        if (random(2) === 0) await t.drain();
      }
      await t.drain();
      const outstanding = [...left.values()].reduce((sum, one) => sum + one, 0);
      expect([history, await open(), await balance(), await journal()]).toEqual([
        history,
        outstanding,
        outstanding - unused,
        outstanding - unused,
      ]);
    }
    expect(await t.db.sql(`select 1 from tds_sync_queue where status in ('dead_letter', 'failed')`)).toEqual([]);
  }, 60_000);
});
