import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { writeEntry } from '../../src/ledger/customer-ledger.queries.js';
import { lockBooks } from '../../src/organisation/organisation.queries.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { operationOf, type RootField, rootFields } from '../support/operations.js';
import { faultsOfBooks, sellable, Seller } from '../support/selling.js';

/** docs/decisions/36-the-order-of-locks.md: the books come first, and whoever keeps to it loses no entry and waits for nobody in a circle. */
describe('the order of locks', () => {
  let t: TestApp;
  let owner: TestClient;
  let seller: Seller;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
    seller = new Seller(t, owner);
  });
  afterAll(() => t.stop());

  const customer = async (): Promise<{ id: string; version: number }> => {
    const [list] = await t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    const answer = await owner.query<any>(
      `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { ... on Customer { id version } ... on UserError { code message } } }`,
      { input: { name: `Twin ${newId()}`, currency: 'USD', priceListId: list.id } },
    );
    return answer.data.createCustomer;
  };
  const merge = async (keep: string, duplicate: { id: string; version: number }): Promise<any> => {
    const answer = await owner.query<any>(
      `mutation($keep: ID!, $gone: ID!, $version: Int!) { mergeCustomers(keepId: $keep, duplicateId: $gone, duplicateVersion: $version) {
         __typename ... on UserError { code message } } }`,
      { keep, gone: duplicate.id, version: duplicate.version },
    );
    return answer.errors ? { code: answer.errors[0]?.extensions['code'] } : answer.data.mergeCustomers;
  };
  const bill = (customerId: string): Promise<any> =>
    seller.invoice({
      customerId,
      currency: 'USD',
      freeLines: [{ description: 'Service', quantity: '1', unitPrice: '7' }],
    });

  const isTyped = (answer: any): boolean =>
    answer.id !== undefined || (answer.__typename !== undefined && answer.code !== 'INTERNAL_SERVER_ERROR');

  /** Commands with a key that neither post nor are part of a document: they go on while the books are closed. */
  const ASIDE: ReadonlySet<string> = new Set(['parkSale', 'setPrices', 'upsertCustomers', 'upsertProducts']);
  /** And those that move money without a key. */
  const KEYLESS: ReadonlySet<string> = new Set(['mergeCustomers', 'recordExchangeRate']);
  /** What a resolver must be given before it comes to its command. */
  const GIVEN: Record<string, Record<string, string>> = {
    createInvoice: { input: '{ orderId: "nonsense" }' },
    mergeCustomers: { keepId: '"one"', duplicateId: '"another"' },
    recordExchangeRate: { currency: '"USD"' },
  };
  const commands = rootFields('Mutation').filter(
    ({ name, args }) => KEYLESS.has(name) || args.some((arg) => arg.name === 'idempotencyKey'),
  );

  /** What a command has locked for writing when it comes to the books, which somebody else holds; null: it never came. */
  const lockedBeforeBooks = (field: RootField): Promise<{ tables: string[] | null; answer: any }> => {
    const own = { origin: 'system', actor: 'test' } as const;
    const known: { tables: string[] | null; answer?: Promise<any> } = { tables: null };
    const held = t.app.services.transact(own, async (tx) => {
      await lockBooks(tx.sql, 'closing');
      const done: { yet: boolean } = { yet: false };
      known.answer = owner.query<any>(operationOf('mutation', field, GIVEN[field.name])).finally(() => {
        done.yet = true;
      });
      let waiting: any[] = [];
      while (!done.yet && waiting.length === 0) {
        waiting = await t.db.sql<any>(
          `select pid from pg_locks where locktype = 'advisory' and not granted
             and database = (select oid from pg_database where datname = current_database())`,
        );
      }
      if (waiting.length === 0) return;
      const locks = await t.db.sql<any>(
        `select distinct c.relname as name from pg_locks l join pg_class c on c.oid = l.relation
         where l.pid = $1 and c.relkind = 'r' and l.mode <> 'AccessShareLock' order by 1`,
        [waiting[0].pid],
      );
      known.tables = locks.map(({ name }) => name);
    });
    return held.then(async () => ({ tables: known.tables, answer: await known.answer }));
  };

  test.each(commands.map((field): [string, RootField] => [field.name, field]))(
    '%s takes the books before anything but its key',
    async (name, field) => {
      const { tables, answer } = await lockedBeforeBooks(field);
      const key = KEYLESS.has(name) ? [] : ['idempotency_keys'];
      expect(tables).toEqual(ASIDE.has(name) ? null : key);
      expect(answer.errors ?? []).toEqual([]);
    },
  );

  test('merging customers while they are billed, paid and credited loses no entry and ends in no deadlock', async () => {
    for (let round = 0; round < 12; round += 1) {
      const [keep, duplicate] = [await customer(), await customer()];
      const old = await bill(duplicate.id);
      const answers = await Promise.all([
        ...Array.from({ length: 3 }, () => bill(duplicate.id)),
        seller.pay({ customerId: duplicate.id, amount: '3', currency: 'USD', oldestFirst: true }),
        merge(keep.id, duplicate),
        ...Array.from({ length: 3 }, () => bill(keep.id)),
        seller.credit({ invoiceId: old.id, amount: '1' }),
        seller.pay({ customerId: keep.id, amount: '3', currency: 'USD', oldestFirst: true }),
      ]);
      expect(answers.filter((one) => !isTyped(one))).toEqual([]);
      expect(answers[4]).toMatchObject({ __typename: 'Customer' });
      const left = await t.db.sql<any>(
        `select (select count(*)::int from invoices where customer_id = $1) as invoices,
           (select count(*)::int from payments where customer_id = $1) as payments,
           (select count(*)::int from credit_notes where customer_id = $1) as notes,
           (select count(*)::int from account_entries where customer_id = $1) as entries`,
        [duplicate.id],
      );
      expect(left).toEqual([{ invoices: 0, payments: 0, notes: 0, entries: 0 }]);
    }
    const lost = await t.db.sql(
      `select e.id from account_entries e where not exists
         (select 1 from customer_balances b where b.customer_id = e.customer_id and b.currency = e.currency)`,
    );
    expect(lost).toEqual([]);
    expect(await faultsOfBooks(t)).toEqual([]);
  });

  test('a customer merged meanwhile is refused by name, and an old order of theirs is billed to the one that stays', async () => {
    const [keep, duplicate] = [await customer(), await customer()];
    const { products } = await sellable(t, 'retailer', 1);
    const lines = [{ productId: products[0]?.id, quantity: '1' }];
    const order = await seller.order({ customerId: duplicate.id, lines });
    await seller.confirm(order);
    expect(await merge(keep.id, duplicate)).toMatchObject({ __typename: 'Customer' });
    const invoice = await seller.invoice({ orderId: order.id });
    expect(await t.db.sql('select customer_id as id from invoices where id = $1', [invoice.id])).toEqual([
      { id: keep.id },
    ]);
    expect(await bill(duplicate.id)).toMatchObject({ __typename: 'InvalidInputError', field: 'customerId' });
  });

  test('an entry of a customer without a balance is refused, not lost', async () => {
    const { id: customerId } = await customer();
    const entry = {
      id: newId(),
      customerId,
      currency: 'USD',
      kind: 'PAYMENT' as const,
      documentId: newId(),
      number: 'X-1',
      enteredOn: '2026-01-01',
      amount: '-1',
    };
    const written = t.app.services.transact({ origin: 'system', actor: 'test' }, (tx) => writeEntry(tx.sql, entry, tx));
    await expect(written).rejects.toThrow('balance');
    expect(await t.db.sql('select 1 from account_entries where customer_id = $1', [customerId])).toEqual([]);
  });

  test('orders, invoices, payments, credits and voids of two customers crosswise, all at once, end without a deadlock', async () => {
    const parties = [await customer(), await customer()];
    const [goods] = await t.db.sql<any>(
      `select array_agg(id) as ids from (select p.id from products p join stock_levels s on s.product_id = p.id
         join warehouses w on w.id = s.warehouse_id and w.is_primary
         where p.active and p.trackable and s.on_hand - s.reserved >= 10
           and exists (select 1 from prices x join price_lists l on l.id = x.price_list_id
             where l.code = 'retailer' and x.product_id = p.id and x.min_quantity <= 1) order by p.id limit 3) x`,
    );
    const story = async (index: number): Promise<any[]> => {
      const customerId = (parties[index % 2] as { id: string }).id;
      const ids: string[] = index % 3 === 0 ? [...goods.ids].reverse() : goods.ids;
      const order = await seller.order({ customerId, lines: ids.map((productId) => ({ productId, quantity: '0.1' })) });
      const confirmed = await seller.confirm(order);
      const freely = await seller.invoice({
        customerId,
        currency: 'USD',
        freeLines: [...ids].reverse().map((productId) => ({ productId, quantity: '0.1', unitPrice: '10' })),
      });
      const invoice = await seller.invoice({ orderId: order.id });
      const shipped = await seller.ship(await seller.readOrder(order.id));
      const paid = await seller.pay({ customerId, amount: '1', currency: 'USD', oldestFirst: true });
      const note = await seller.credit({
        invoiceId: freely.id,
        lines: [{ invoiceLineId: freely.lines?.[0]?.id, quantity: '0.1' }],
        restock: true,
      });
      const voided = await seller.voidPayment({ ...paid, version: paid.version });
      return [order, confirmed, freely, invoice, shipped, paid, note, voided];
    };
    const answers = (await Promise.all(Array.from({ length: 10 }, (_, index) => story(index)))).flat();
    expect(answers.filter((one) => !isTyped(one))).toEqual([]);
    expect(await faultsOfBooks(t)).toEqual([]);
  });
});
