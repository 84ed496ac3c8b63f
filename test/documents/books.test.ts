import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../../src/kernel/ids.js';
import { orderTransitions, type OrderState } from '../../src/orders/order-states.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

/** What must hold whatever people do, in whatever order, however many at once, and wherever a write fails. */
const LONG = process.env['TEST_LONG'] === '1';
const HISTORIES = LONG ? 2000 : 50;

describe('the books', () => {
  let t: TestApp;
  let owner: Seller;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
  });
  afterAll(() => t.stop());

  const isInternal = (answer: any): boolean =>
    answer.code === 'INTERNAL_SERVER_ERROR' || answer.code === 'UNAVAILABLE' || answer.code === undefined;
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

  const step = fc.record({
    what: fc.constantFrom(
      'order',
      'order',
      'confirm',
      'confirm',
      'ship',
      'ship',
      'invoice',
      'invoice',
      'pay',
      'pay',
      'credit',
      'apply',
      'voidInvoice',
      'voidPayment',
      'voidNote',
      'cancel',
      'refund',
      'deliver',
      'update',
    ),
    pick: fc.nat({ max: 1000 }),
    part: fc.integer({ min: 1, max: 100 }),
    flag: fc.boolean(),
  });
  type Step = { what: string; pick: number; part: number; flag: boolean };
  const history = fc.array(step, { minLength: 6, maxLength: 24 });

  /** One customer's story; every answer is a document or a typed refusal. */
  const live = async (
    seller: Seller,
    customerId: string,
    currency: string,
    products: string[],
    steps: readonly Step[],
  ) => {
    const ids = { orders: [] as string[], invoices: [] as string[], payments: [] as any[], notes: [] as any[] };
    const of = <T>(list: T[], pick: number): T | undefined => list[pick % Math.max(1, list.length)];
    const money = (amount: number): string => amount.toFixed(currency === 'IQD' ? 0 : 2);
    const portion = (amount: string, part: number): string => money((Number(amount) * part) / 100);
    const note = (kind: 'orders' | 'invoices', answer: any): any => {
      if (answer.id && !ids[kind].includes(answer.id)) ids[kind].push(answer.id);
      return answer;
    };
    for (const { what, pick, part, flag } of steps) {
      const orderId = of(ids.orders, pick);
      const order = orderId ? await seller.readOrder(orderId) : null;
      const invoiceId = of(ids.invoices, pick);
      const invoice = invoiceId ? await seller.readInvoice(invoiceId) : null;
      const payment = of(ids.payments, pick);
      const credit = of(ids.notes, pick);
      let answer: any = null;
      const lines = [0, 1].slice(0, flag ? 2 : 1).map((index) => ({
        productId: of(products, pick + index),
        quantity: String(part / (flag ? 20 : 10)),
        discountPercent: String(pick % 30),
      }));
      if (what === 'order')
        answer = note(
          'orders',
          await seller.order({ customerId, lines, shipping: flag ? '3' : '0', discountPercent: String(part / 10) }),
        );
      else if (what === 'update' && order)
        answer = await seller.updateOrder({ id: order.id, version: order.version, lines });
      else if (what === 'confirm' && order) answer = await seller.confirm(order);
      else if (what === 'ship' && order)
        answer = await seller.ship(
          order,
          flag ? null : [{ lineId: order.lines[0].id, quantity: portionOf(order.lines[0], 'shipped', part) }],
        );
      else if (what === 'invoice' && order)
        answer = note(
          'invoices',
          await seller.invoice({
            orderId: order.id,
            ...(flag
              ? {}
              : { lines: [{ lineId: order.lines[0].id, quantity: portionOf(order.lines[0], 'invoiced', part) }] }),
          }),
        );
      else if (what === 'pay') {
        const amount = invoice ? portion(invoice.total.amount, part + 20) : money(part);
        const allocations =
          invoice && !flag ? [{ invoiceId: invoice.id, amount: portion(invoice.balance.amount, part) }] : null;
        answer = await seller.pay({ customerId, amount, currency, allocations, oldestFirst: flag });
        if (answer.id) ids.payments.push(answer);
      } else if (what === 'credit' && invoice) {
        const byLine = {
          lines: [{ invoiceLineId: invoice.lines[0].id, quantity: portionOf(invoice.lines[0], 'credited', part) }],
          restock: part > 50,
        };
        answer = await seller.credit({
          invoiceId: invoice.id,
          ...(flag ? byLine : { amount: portion(invoice.total.amount, part) }),
        });
        if (answer.id) ids.notes.push(answer);
      } else if (what === 'apply' && invoice && payment)
        answer = await seller.applyPayment(payment.id, [
          { invoiceId: invoice.id, amount: portion(invoice.balance.amount, part) },
        ]);
      else if (what === 'voidInvoice' && invoice) answer = await seller.voidInvoice(invoice);
      else if (what === 'voidPayment' && payment)
        answer = await seller.voidPayment({ ...payment, version: payment.version + (flag ? 1 : 0) });
      else if (what === 'voidNote' && credit)
        answer = await seller.voidNote({ ...credit, version: credit.version + (flag ? 1 : 0) });
      else if (what === 'cancel' && order) answer = await seller.cancel(order);
      else if (what === 'deliver' && order) answer = await seller.deliver(order);
      else if (what === 'refund' && payment)
        answer = await seller.refund(
          flag && credit
            ? { creditNoteId: credit.id, amount: money(1) }
            : { paymentId: payment.id, amount: money(part) },
        );
      if (answer && refused(answer) && isInternal(answer)) throw new Error(`${what}: ${JSON.stringify(answer)}`);
    }
  };
  const portionOf = (line: any, done: string, part: number): string =>
    String(Math.max(0.001, Math.round((Number(line.quantity) - Number(line[done])) * part * 10) / 1000));

  test(`${HISTORIES} random histories in two currencies, eight at a time, keep every sum and every state`, async () => {
    const seed = LONG ? Math.floor(Math.random() * 2 ** 31) : 20261121;
    const stories = fc.sample(history, { numRuns: HISTORIES, seed });
    const lists = ['wholesale_a', 'technical_iqd', 'retailer'] as const;
    const shelves = await Promise.all(lists.map((list) => sellable(t, list, 12)));
    const customers = await Promise.all(
      lists.map((list) =>
        t.db.sql<any>(
          `select c.id, l.currency from customers c join price_lists l on l.id = c.price_list_id
           where l.code = $1 and c.active and not exists (select 1 from customer_balances b where b.customer_id = c.id) order by c.code desc`,
          [list],
        ),
      ),
    );
    let next = 0;
    const lane = async (): Promise<void> => {
      for (;;) {
        const index = next;
        const story = stories[index];
        if (!story) return;
        next += 1;
        const list = index % lists.length;
        const rows = customers[list] as any[];
        const customer = rows[Math.floor(index / lists.length) % Math.min(rows.length, 40)];
        await live(
          owner,
          customer.id,
          customer.currency,
          (shelves[list]?.products ?? []).map(({ id }) => id),
          story,
        );
      }
    };
    try {
      await Promise.all(Array.from({ length: 8 }, lane));
    } catch (error) {
      throw new Error(`seed ${seed}, story ${next}: ${String(error)}`);
    }
    expect([seed, await faultsOfBooks(t)]).toEqual([seed, []]);
    // Every step that an order took is an edge of the graph.
    const told = await t.db.sql<any>(
      `select entity_id, data ->> 'status' as status, data ->> 'change' as change from event_log where name = 'orderChanged' order by seq`,
    );
    const at = new Map<string, OrderState>();
    const odd: string[] = [];
    for (const { entity_id: id, status } of told) {
      const before = at.get(id);
      if (
        before === undefined ? status !== 'DRAFT' : before !== status && !orderTransitions.next(before).includes(status)
      ) {
        odd.push(`${id}: ${before} -> ${status}`);
      }
      at.set(id, status);
    }
    expect(odd).toEqual([]);
    const ends = new Set(at.values());
    expect([...ends].sort()).toEqual(['CANCELLED', 'CONFIRMED', 'DELIVERED', 'DRAFT', 'SHIPPED']);
  }, 900_000);
});
