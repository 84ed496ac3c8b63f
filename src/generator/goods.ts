import { parseInstant } from '../kernel/clock.js';
import { type Currency, Decimal, roundMoney } from '../kernel/money.js';
import { ACCOUNTS, type EntryLine } from '../ledger/journal.service.js';
import type { Database } from '../platform/db/orm.js';
import type { LockedCost, LockedLevel, MovementRow } from '../stock/stock.queries.js';
import { CostOfMovements, type Movement as Booked } from '../stock/stock.service.js';
import { idOf, insertRows } from './company.js';
import type { Documents, Movement, Row } from './document-rows.js';
import { FIRST_DAY } from './document-source.js';

/** Products of one opening entry, as the job opens them. */
const OPENED_AT_ONCE = 100;

const ENTRIES_AT_ONCE = 500;

const EVENTS = { SALE: 'SHIPMENT', RETURN: 'GOODS_RETURN', RESERVATION: 'STOCK_ADJUSTMENT' } as const;

/** What one commit of a command would post. */
interface Posting {
  event: string;
  documentType: string;
  documentId: string;
  customerId: string | null;
  day: string;
  at: Date;
}

interface Booking {
  id: string;
  movement: Booked;
}

const WRITE = `with ids as (
    select k, nextval('journal_entries_id_seq') as id from generate_series(1, $1::int) k
  ), entries as (
    insert into journal_entries (id, day, event, document_type, document_id, actor, origin, created_at)
    select i.id, e.day, e.event, e.type, e.document_id, 'system', 'system', e.at
    from unnest($2::date[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[]) with ordinality
      as e(day, event, type, document_id, at, k) join ids i on i.k = e.k
  ), lines as (
    insert into journal_lines (entry_id, line, account, currency, amount, base, day, branch_id, salesperson_id, product_id)
    select i.id, l.line, l.account, l.currency, l.amount, l.base, l.day, l.branch_id, c.salesperson_id, l.product_id
    from unnest($7::int[], $8::int[], $9::int[], $10::text[], $11::numeric[], $12::numeric[], $13::date[], $14::uuid[], $15::uuid[], $16::uuid[])
      as l(k, line, account, currency, amount, base, day, branch_id, product_id, customer_id)
      join ids i on i.k = l.k left join customers c on c.id = l.customer_id
  )
  insert into stock_movements (id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after, unit_cost_usd,
    reference_type, reference_id, value, entry_id, day, created_at, actor, origin)
  select m.id, m.product_id, m.warehouse_id, m.type, m.quantity, m.reserved, m.on_hand_after, m.reserved_after, m.unit_cost_usd,
    m.reference_type, m.reference_id, m.value, i.id, m.day, m.at, 'system', 'system'
  from unnest($17::uuid[], $18::uuid[], $19::uuid[], $20::text[], $21::numeric[], $22::numeric[], $23::numeric[], $24::numeric[], $25::numeric[],
      $26::text[], $27::text[], $28::numeric[], $29::int[], $30::date[], $31::timestamptz[])
    as m(id, product_id, warehouse_id, type, quantity, reserved, on_hand_after, reserved_after, unit_cost_usd, reference_type,
      reference_id, value, k, day, at) left join ids i on i.k = m.k`;

const ENTRY_COLUMNS = 5;
const LINE_COLUMNS = 10;
const MOVEMENT_COLUMNS = 15;

const columnsOf = (rows: readonly Row[], count: number): unknown[][] =>
  Array.from({ length: count }, (_, index) => rows.map((row) => row[index]));

/**
 * Writes goods in bulk as the commands write them one by one: each document's movements are valued by the commands' own
 * rule, in the order of time, and posted as one entry.
 */
class GoodsWriter {
  private readonly costs = new Map<string, LockedCost>();
  private readonly sold = new Map<string, { quantity: Decimal; value: Decimal }>();
  private readonly byKey = new Map<string, LockedLevel>();
  /** One of each warehouse, which says the branch. */
  private readonly levels: readonly LockedLevel[];
  private entries: Row[] = [];
  private lines: Row[] = [];
  private movements: Row[] = [];
  private flushed = 0;

  constructor(
    private readonly db: Database,
    levels: readonly LockedLevel[],
    costs: readonly LockedCost[],
    private readonly base: Currency,
    /** What goods come back of. */
    private readonly returnedOf: ReadonlySet<string>,
  ) {
    this.levels = [...new Map(levels.map((level) => [level.warehouseId, level])).values()];
    for (const level of levels) this.byKey.set(`${level.productId} ${level.warehouseId}`, { ...level });
    for (const cost of costs) this.costs.set(cost.productId, cost);
  }

  private rowOf({ id, movement }: Booking): MovementRow {
    const { productId, warehouseId, type, quantity, reserved = '0' } = movement;
    const level = this.byKey.get(`${productId} ${warehouseId}`);
    if (!level) throw new Error('A movement was generated on a level that is not known.');
    level.onHand = String(Number(level.onHand) + Number(quantity));
    level.reserved = String(Number(level.reserved) + Number(reserved));
    const { referenceType = null, referenceId = null } = movement;
    const after = { onHandAfter: level.onHand, reservedAfter: level.reserved };
    const reference = { referenceType, referenceId, reason: null };
    return {
      id,
      productId,
      warehouseId,
      type,
      quantity,
      reserved,
      ...after,
      ...reference,
      unitCostUsd: null,
      value: null,
    };
  }

  private costAtSale(soldBy: Booked['soldBy'], productId: string): [string, Decimal][] {
    const key = `${soldBy?.referenceId ?? ''} ${productId}`;
    const known = this.sold.get(key);
    return known ? [[key, known.value.dividedBy(known.quantity)]] : [];
  }

  private keepSold({ productId, quantity, value, referenceId }: MovementRow): void {
    if (referenceId === null || value === null || !this.returnedOf.has(referenceId)) return;
    const key = `${referenceId} ${productId}`;
    const known = this.sold.get(key) ?? { quantity: new Decimal(0), value: new Decimal(0) };
    this.sold.set(key, { quantity: known.quantity.minus(quantity), value: known.value.minus(value) });
  }

  async post(posting: Posting, bookings: readonly Booking[]): Promise<void> {
    const movements = bookings.map(({ movement }) => movement);
    const rows = bookings.map((booking) => this.rowOf(booking));
    const products = [...new Set(movements.map(({ productId }) => productId))];
    const costs = products.map((id) => this.costs.get(id) as LockedCost);
    const cost = new CostOfMovements({ levels: this.levels, costs }, this.base);
    cost.open(rows, movements);
    const at = new Map(movements.flatMap(({ soldBy, productId }) => this.costAtSale(soldBy, productId)));
    movements.forEach((movement, index) => cost.move(rows[index] as MovementRow, movement, at));
    for (const row of rows) if (row.type === 'SALE') this.keepSold(row);
    for (const row of cost.rows()) {
      this.costs.set(row.productId, { ...(this.costs.get(row.productId) as LockedCost), ...row, opened: true });
    }
    const openings = cost.openings.map((row) => ({ ...row, id: idOf('movement opening', row.productId) }));
    const moved = rows.filter(({ type, value }) => type !== 'COST' || Number(value) !== 0);
    this.write(posting, cost.lines(), [...openings, ...moved]);
    if (this.entries.length >= ENTRIES_AT_ONCE || this.movements.length >= 10 * ENTRIES_AT_ONCE) await this.flush();
  }

  private write(posting: Posting, lines: readonly EntryLine[], rows: readonly MovementRow[]): void {
    const { day, event, documentType, documentId, customerId, at } = posting;
    if (lines.length > 0) this.entries.push([day, event, documentType, documentId, at]);
    const entry = lines.length > 0 ? this.entries.length : null;
    lines.forEach(({ account, currency, amount, base, branchId, productId }, index) => {
      const [sum, sumInBase] = [amount, base].map((one) => new Decimal(one ?? 0).toFixed());
      this.lines.push([entry, index + 1, account, currency, sum, sumInBase, day, branchId, productId, customerId]);
    });
    for (const row of rows) {
      this.movements.push([
        ...[row.id, row.productId, row.warehouseId, row.type, row.quantity, row.reserved, row.onHandAfter],
        ...[row.reservedAfter, row.unitCostUsd, row.referenceType, row.referenceId, row.value],
        ...[row.value === null ? null : entry, day, at],
      ]);
    }
  }

  async flush(): Promise<void> {
    await this.db.read(WRITE, [
      this.entries.length,
      ...columnsOf(this.entries, ENTRY_COLUMNS),
      ...columnsOf(this.lines, LINE_COLUMNS),
      ...columnsOf(this.movements, MOVEMENT_COLUMNS),
    ]);
    [this.entries, this.lines, this.movements] = [[], [], []];
    this.flushed += 1;
    // The rules of the journal are planned anew, as its tables are not empty any more.
    if (Number.isInteger(Math.log2(this.flushed))) await this.db.read('analyze journal_entries, journal_pending');
  }

  /** What products are worth after it. */
  costRows(): Row[] {
    return [...this.costs.values()].map(({ productId, quantity, value, lastCost, opened }) => [
      productId,
      quantity,
      value,
      lastCost,
      opened,
    ]);
  }

  levelRows(): Row[] {
    return [...this.byKey.values()].map((level) => [level.productId, level.warehouseId, level.onHand, level.reserved]);
  }
}

const FIRST_MOMENT = parseInstant(`${FIRST_DAY}T00:00:00Z`) as Date;

/** Values what was only a report, and receives what is sold later, against the opening balances. */
async function open(
  writer: GoodsWriter,
  levels: readonly LockedLevel[],
  costs: readonly LockedCost[],
  { sold, warehouseId }: { sold: ReadonlyMap<string, number>; warehouseId: string },
): Promise<void> {
  const held = new Map(levels.filter(({ onHand }) => Number(onHand) !== 0).map((level) => [level.productId, level]));
  const bookings = costs.flatMap(({ productId, reportedCost, base }): Booking[] => {
    const quantity = sold.get(productId);
    const known = { productId, account: ACCOUNTS.opening, referenceType: 'opening' };
    if (quantity !== undefined) {
      const value = roundMoney(new Decimal(reportedCost ?? 0).times(quantity), base);
      const movement = { ...known, warehouseId, type: 'RECEIPT' as const, quantity: String(quantity), value };
      return [{ id: idOf('receipt', productId), movement }];
    }
    const level = held.get(productId);
    const still = { type: 'COST' as const, quantity: '0', value: '0', pieces: '1' };
    return level
      ? [{ id: idOf('still', productId), movement: { ...known, warehouseId: level.warehouseId, ...still } }]
      : [];
  });
  for (let begin = 0; begin < bookings.length; begin += OPENED_AT_ONCE) {
    const head = { event: 'STOCK_OPENING', documentType: 'stock', documentId: idOf('opening', begin) };
    const posting = { ...head, customerId: null, day: FIRST_DAY, at: FIRST_MOMENT };
    await writer.post(posting, bookings.slice(begin, begin + OPENED_AT_ONCE));
  }
}

const bookingOf = (moved: Movement, warehouseId: string): Booking => {
  const [referenceType, referenceId] = moved.reference;
  const { id, productId, type, quantity, reserved, soldBy } = moved;
  const of = { referenceType, referenceId };
  const by = soldBy ? { soldBy: { referenceType: soldBy[0], referenceId: soldBy[1] } } : {};
  const key = { productId, warehouseId };
  return {
    id,
    movement: { ...key, type, quantity: String(quantity), reserved: String(reserved), ...of, ...by },
  };
};

/**
 * Receives what was sold, then lets it go document by document: levels end where they began, but for what is reserved and
 * what came back. The warehouse is the one that everything leaves from.
 */
export async function writeGoods(db: Database, made: Documents, warehouseId: string): Promise<void> {
  const sold = [...made.sold.keys()];
  await db.read(
    `insert into stock_levels (product_id, warehouse_id, updated_at) select p, $2, $3 from unnest($1::uuid[]) p on conflict do nothing`,
    [sold, warehouseId, FIRST_MOMENT],
  );
  const levels = await db.read<LockedLevel>(
    `select s.product_id as "productId", s.warehouse_id as "warehouseId", s.on_hand as "onHand", s.reserved, w.branch_id as "branchId"
     from stock_levels s join warehouses w on w.id = s.warehouse_id order by 1, 2`,
  );
  const costs = await db.read<LockedCost>(
    `select p.id as "productId", '0' as quantity, '0' as value, null as "lastCost", false as opened, base.code as base,
       coalesce(sum(s.on_hand), 0)::text as reported,
       (p.cost_usd * case base.code when 'IQD' then
         (select r.rate from exchange_rates r where r.currency = 'USD' order by r.effective_on desc limit 1) else 1 end)::text as "reportedCost"
     from products p join stock_levels s on s.product_id = p.id
       cross join (select value #>> '{}' as code from settings where key = 'base_currency') base
     group by p.id, base.code order by p.id`,
  );
  const returnedOf = new Set(made.movements.flatMap(({ soldBy }) => soldBy?.[1] ?? []));
  const writer = new GoodsWriter(db, levels, costs, costs[0]?.base ?? 'USD', returnedOf);
  await open(writer, levels, costs, { sold: made.sold, warehouseId });
  for (let begin = 0; begin < made.movements.length;) {
    const { document, customerId, day, at, type } = made.movements[begin] as Movement;
    let end = begin + 1;
    while (made.movements[end]?.document === document) end += 1;
    const [documentType, documentId] = document;
    await writer.post(
      { event: EVENTS[type], documentType, documentId, customerId, day, at },
      made.movements.slice(begin, end).map((moved) => bookingOf(moved, warehouseId)),
    );
    begin = end;
  }
  await writer.flush();
  await insertRows(
    db,
    'product_costs',
    'product_id uuid, quantity numeric, value numeric, last_cost numeric, opened boolean',
    writer.costRows(),
  );
  const rows = writer.levelRows();
  await db.read(
    `update stock_levels s set on_hand = t.on_hand, reserved = t.reserved
     from unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::numeric[]) as t(product_id, warehouse_id, on_hand, reserved)
     where s.product_id = t.product_id and s.warehouse_id = t.warehouse_id
       and (s.on_hand, s.reserved) is distinct from (t.on_hand, t.reserved)`,
    columnsOf(rows, 4),
  );
}
