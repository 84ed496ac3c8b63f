import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

/** What must hold however many do the same at once, and wherever a write fails; see also histories.test.ts. */
describe('the books', () => {
  let t: TestApp;
  let owner: Seller;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
  });
  afterAll(() => t.stop());

  const refused = (answer: any): boolean => answer.id === undefined && answer.refundId === undefined;

  test('200 confirmations at once on scarce stock never oversell and never wait in a circle', async () => {
    const { customerId, products } = await sellable(t, 'wholesale_a', 3);
    const ids = products.map(({ id }) => id);
    const drafts: any[] = [];
    for (let index = 0; index < 200; index += 1) {
      const turned = index % 2 === 0 ? ids : [...ids].reverse();
      drafts.push(await owner.order({ customerId, lines: turned.map((productId) => ({ productId, quantity: '1' })) }));
    }
    const answers = await Promise.all(drafts.map((draft) => owner.confirm(draft)));
    const confirmed = answers.filter((one) => one.status === 'CONFIRMED');
    const lacking = answers.filter((one) => one.code === 'INSUFFICIENT_STOCK');
    const scarce = Math.min(...products.map(({ available }) => available));
    expect(confirmed).toHaveLength(Math.min(200, scarce));
    expect(confirmed.length + lacking.length).toBe(200);
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('100 equal mutations with one key make one document', async () => {
    const { customerId, products } = await sellable(t, 'wholesale_b', 1);
    const hundred = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 100 }, work));
    const once = (answers: any[]): any => {
      expect(new Set(answers.map((one) => one.id)).size).toBe(1);
      expect(answers.filter((one) => !one.replayed)).toHaveLength(1);
      return answers[0];
    };
    const keys = Array.from({ length: 6 }, newId) as [string, string, string, string, string, string];
    const order = once(
      await hundred(() => owner.order({ customerId, lines: [{ productId: products[0]?.id, quantity: '2' }] }, keys[0])),
    );
    once(await hundred(() => owner.confirm(order, keys[1])));
    const confirmed = await owner.readOrder(order.id);
    once(await hundred(() => owner.ship(confirmed, null, keys[2])));
    const invoice = once(await hundred(() => owner.invoice({ orderId: order.id }, keys[3])));
    once(await hundred(() => owner.pay({ customerId, amount: '1', currency: 'USD', oldestFirst: true }, keys[4])));
    once(await hundred(() => owner.credit({ invoiceId: invoice.id, amount: '0.5' }, keys[5])));
    const [counts] = await t.db.sql<any>(
      `select (select count(*)::int from orders where customer_id = $1) as orders, (select count(*)::int from invoices where customer_id = $1) as invoices,
         (select count(*)::int from payments where customer_id = $1) as payments, (select count(*)::int from credit_notes where customer_id = $1) as notes,
         (select count(*)::int from stock_movements where reference_id = $2) as movements`,
      [customerId, order.id],
    );
    expect(counts).toEqual({ orders: 1, invoices: 1, payments: 1, notes: 1, movements: 2 });
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('a write that fails anywhere leaves all or nothing, and the same key then does it once', async () => {
    const { customerId, products } = await sellable(t, 'retailer', 2);
    const lines = products.map(({ id }) => ({ productId: id, quantity: '1' }));
    const booked = ['idempotency_keys', 'audit_log', 'event_outbox'];
    const journal = ['journal_entries', 'journal_lines', 'journal_pending'];
    const ledger = ['customer_balances', 'account_entries', ...journal];
    const stock = ['stock_levels', 'stock_movements'];
    const made = ['document_sequences', 'kept_counts'];
    const writes: Record<string, string[]> = {
      order: [...booked, ...made, 'orders', 'order_lines'],
      confirm: [...booked, ...stock, 'orders', 'customer_balances'],
      ship: [...booked, ...stock, 'orders', 'order_lines'],
      invoice: [...booked, ...made, ...ledger, 'invoices', 'invoice_lines', 'orders', 'order_lines'],
      pay: [...booked, ...made, ...ledger, 'payments', 'allocations', 'invoices'],
      credit: [
        ...booked,
        ...made,
        ...ledger,
        ...stock,
        'credit_notes',
        'credit_note_lines',
        'invoice_lines',
        'allocations',
        'invoices',
      ],
      refund: [...booked, ...ledger, 'document_sequences', 'refunds', 'payments'],
    };
    const tables = [...new Set(Object.values(writes).flat())];
    await t.db.sql(
      `create function refuse_write() returns trigger language plpgsql as $$ begin raise exception 'injected'; end $$`,
    );
    const print = async (): Promise<string> => {
      const parts = tables
        .filter((table) => table !== 'event_outbox' && table !== 'kept_counts')
        .map((table) => `select md5(coalesce(string_agg(x::text, '|' order by x::text), '')) as hash from ${table} x`);
      return JSON.stringify(await t.db.sql(parts.join(' union all ')));
    };
    const steps: { name: string; run(state: any, key: string): Promise<any> }[] = [
      { name: 'order', run: (_state, key) => owner.order({ customerId, lines }, key) },
      { name: 'confirm', run: (state, key) => owner.confirm(state.order, key) },
      { name: 'ship', run: (state, key) => owner.ship(state.confirm, null, key) },
      { name: 'invoice', run: (state, key) => owner.invoice({ orderId: state.order.id }, key) },
      {
        name: 'pay',
        run: (state, key) =>
          owner.pay(
            { customerId, amount: '1', currency: 'USD', allocations: [{ invoiceId: state.invoice.id, amount: '0.5' }] },
            key,
          ),
      },
      {
        name: 'credit',
        run: (state, key) =>
          owner.credit(
            {
              invoiceId: state.invoice.id,
              lines: [{ invoiceLineId: state.invoice.lines[0].id, quantity: '1' }],
              restock: true,
            },
            key,
          ),
      },
      { name: 'refund', run: (state, key) => owner.refund({ paymentId: state.pay.id, amount: '0.5' }, key) },
    ];
    const state: any = {};
    for (const step of steps) {
      const key = newId();
      const before = await print();
      for (const table of writes[step.name] ?? []) {
        await t.db.sql(
          `create trigger refuse before insert or update on ${table} for each row execute function refuse_write()`,
        );
        const answer = await step.run(state, key);
        await t.db.sql(`drop trigger refuse on ${table}`);
        expect([step.name, table, answer.code]).toEqual([step.name, table, 'INTERNAL_SERVER_ERROR']);
        expect([step.name, table, (await print()) === before]).toEqual([step.name, table, true]);
      }
      const done = await step.run(state, key);
      expect(refused(done)).toBe(false);
      expect(await step.run(state, key)).toMatchObject({ replayed: true });
      state[step.name] = done;
    }
    expect(await faultsOfBooks(t)).toEqual([]);
  });
});
