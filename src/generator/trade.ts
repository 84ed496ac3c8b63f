import { StartFault } from '../kernel/start-fault.js';
import { journalNewest, numberEntries } from '../ledger/journal.queries.js';
import type { Database } from '../platform/db/orm.js';
import { idOf, insertRows, IQD_PER_USD } from './company.js';
import { DOCUMENT_COLUMNS, type Documents, type Row } from './document-rows.js';
import type { Buyer, PricedProduct } from './document-source.js';
import { generateDocuments } from './documents.js';
import { writeGoods } from './goods.js';

const ORDERS = 20_000;

const FREE_INVOICES = 5_000;

export interface Traded {
  orders: number;
  orderLines: number;
  invoices: number;
  payments: number;
  creditNotes: number;
}

const TABLES: readonly [keyof typeof DOCUMENT_COLUMNS, keyof Documents][] = [
  ['orders', 'orders'],
  ['order_lines', 'orderLines'],
  ['invoices', 'invoices'],
  ['invoice_lines', 'invoiceLines'],
  ['shipments', 'shipments'],
  ['shipment_lines', 'shipmentLines'],
  ['payments', 'payments'],
  ['credit_notes', 'creditNotes'],
  ['credit_note_lines', 'creditNoteLines'],
  ['allocations', 'allocations'],
  ['account_entries', 'entries'],
  ['customer_balances', 'balances'],
];

/**
 * Adds the trade of twenty months to a generated company: 20,000 orders with some 80,000 lines, 24,000 invoices, payments
 * and credit notes, times the scale. What was sold is received first, so stock stays what the company has. Only a company
 * without orders is filled.
 */
export async function generateTrade(
  db: Database,
  scale: number,
  say: (line: string) => void = () => undefined,
): Promise<Traded> {
  const [known] = await db.read('select 1 from orders limit 1');
  if (known) throw new StartFault('The database holds orders. Only a company without any is filled.');
  const customers = await db.read<Buyer>(
    `select c.id, l.code as list, l.currency, c.payment_terms_days as "termsDays"
     from customers c join price_lists l on l.id = c.price_list_id where c.active order by c.code`,
  );
  const prices = await db.read<PricedProduct & { list: string }>(
    `select l.code as list, p.id as "productId", p.name, trim_scale(t.amount)::text as price
     from prices t join price_lists l on l.id = t.price_list_id join products p on p.id = t.product_id
     where t.min_quantity = 1 and p.active order by l.code, p.id`,
  );
  const priced = new Map<string, PricedProduct[]>();
  for (const { list, ...row } of prices) {
    priced.set(list, [...(priced.get(list) ?? []), row]);
  }
  const [warehouse] = await db.read<{ warehouseId: string; id: string; code: string }>(
    `select w.id as "warehouseId", b.id, b.code from warehouses w join branches b on b.id = w.branch_id where w.is_primary`,
  );
  if (!warehouse) throw new StartFault('There is no primary warehouse.');
  const levels = await db.read<{ id: string; onHand: string; reserved: string }>(
    `select product_id as id, on_hand as "onHand", reserved from stock_levels where warehouse_id = $1`,
    [warehouse.warehouseId],
  );
  const made = generateDocuments({
    customers,
    priced,
    branch: { id: warehouse.id, code: warehouse.code },
    warehouseId: warehouse.warehouseId,
    free: new Map(levels.map((level) => [level.id, Number(level.onHand) - Number(level.reserved)])),
    orders: ORDERS * scale,
    freeInvoices: FREE_INVOICES * scale,
    idOf,
    iqdPerUsd: IQD_PER_USD,
  });
  for (const [table, member] of TABLES) {
    const rows = made[member] as Row[];
    await insertRows(db, table, DOCUMENT_COLUMNS[table], rows);
    say(`${rows.length} rows of ${table}`);
  }
  const run = patiently(db);
  await run('analyze allocations');
  await run(
    `update invoices i set settled_on = greatest(i.issued_on, (select max(a.day) from allocations a where a.invoice_id = i.id))
     where i.balance = 0`,
  );
  await writeGoods(db, made, warehouse.warehouseId);
  say(`${made.movements.length} movements of goods`);
  for (const [type, last] of Object.entries(made.numbers)) {
    await db.read('insert into document_sequences (type, branch_id, last) values ($1, $2, $3)', [
      type,
      warehouse.id,
      last,
    ]);
  }
  // The statements behind it join all of these tables at once.
  await run('analyze');
  // Joined row by row, a batch of the ledger would be compared with itself entry by entry.
  const inSets = patiently(
    db,
    `select set_config('enable_nestloop', 'off', true), set_config('work_mem', '256MB', true)`,
  );
  say(`${await journalNewest(inSets, made.entries.length)} journal entries`);
  while ((await numberEntries(run, 2000)) > 0);
  while (((await run<{ n: number }>('select keep_sales(5000) as n'))[0]?.n ?? 0) > 0);
  await run('analyze');
  return {
    orders: made.orders.length,
    orderLines: made.orderLines.length,
    invoices: made.invoices.length,
    payments: made.payments.length,
    creditNotes: made.creditNotes.length,
  };
}

/** Statements over a whole company, which at ten times the size take longer than a request may. */
function patiently(
  db: Database,
  setting?: string,
): <Result>(text: string, params?: readonly unknown[]) => Promise<Result[]> {
  return (text, params) =>
    db.orm.em.fork().transactional(async (em) => {
      await db.execute(em, 'set local statement_timeout = 0');
      if (setting) await db.execute(em, setting);
      return db.execute(em, text, params);
    });
}
