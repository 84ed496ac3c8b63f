import { column, HEADS, only, type ReportAsk, type ReportDefinition } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';
import { BASE, sharesOfStock, warehouseScope } from '../stock/stock.queries.js';

/** Whether a movement `m` is later than a day; one of before days were kept has the moment alone. */
const laterThan = (day: string, zone: string): string =>
  `coalesce(m.day > ${day}, m.created_at >= (${day} + 1)::timestamp at time zone ${zone})`;

export interface StockValueRow {
  productId: string;
  sku: string | null;
  name: string;
  nameAr: string | null;
  /** Null: on the way between two warehouses. */
  warehouse: string | null;
  onHand: string;
  unitCost: string | null;
  value: string | null;
  currency: string;
}

const SKU = column('sku', 'SKU', 'رمز المنتج');
const WAREHOUSE = column('warehouse', 'Warehouse', 'المستودع');

export const inventoryValueReport: ReportDefinition = {
  root: 'inventoryValue',
  permission: 'catalog:cost',
  filters: ['to', 'warehouseId', 'productId'],
  columns: [
    SKU,
    HEADS.name,
    HEADS.nameAr,
    WAREHOUSE,
    column('onHand', 'On hand', 'الكمية'),
    column('unitCost', 'Unit cost', 'كلفة الوحدة'),
    column('value', 'Value', 'القيمة'),
    HEADS.currency,
  ],
  sql: (ask, params) =>
    `with ${sharesOfStock(dayOf(ask, params), zoneOf(ask, params))}
     select p.id as "productId", p.sku, p.name, p.name_ar as "nameAr", w.code as warehouse, s.quantity as "onHand",
       case when s.quantity <> 0 then round(s.value / s.quantity, 6) end as "unitCost", s.value, ${BASE} as currency
     from shares s join products p on p.id = s.product_id left join warehouses w on w.id = s.warehouse_id
     where (s.quantity <> 0 or s.value <> 0) and ${warehouseScope(ask.viewer, params, 's.warehouse_id')}
       ${only('s.warehouse_id', ask.warehouseId, params)}${only('s.product_id', ask.productId, params)}
     order by s.value desc nulls last, p.id, w.code`,
};

const zoneOf = ({ timeZone }: ReportAsk, params: Params): string => `${params.add(timeZone)}::text`;

/** Null when it is not over: nothing moved since. */
const dayOf = (ask: ReportAsk, params: Params): string => `${params.add(ask.to >= ask.today ? null : ask.to)}::date`;

export interface StockFlowRow {
  productId: string;
  sku: string | null;
  name: string;
  nameAr: string | null;
  opening: string;
  received: string;
  issued: string;
  closing: string;
}

/** Pieces of each product at the beginning of a period, what came in and went out of the warehouses seen, and the end. */
export const inventoryFlowReport: ReportDefinition = {
  root: 'inventoryFlow',
  permission: 'stock:read',
  filters: ['from', 'to', 'warehouseId', 'productId'],
  columns: [
    SKU,
    HEADS.name,
    HEADS.nameAr,
    column('opening', 'Opening', 'الافتتاحي'),
    column('received', 'In', 'الوارد'),
    column('issued', 'Out', 'الصادر'),
    column('closing', 'Closing', 'الختامي'),
  ],
  sql: (ask, params) => {
    const [before, last] = [`(${params.add(ask.from)}::date - 1)`, `${params.add(ask.to)}::date`];
    const zone = zoneOf(ask, params);
    const scope = (of: string): string =>
      `${warehouseScope(ask.viewer, params, `${of}.warehouse_id`)}${only(`${of}.warehouse_id`, ask.warehouseId, params)}${only(`${of}.product_id`, ask.productId, params)}`;
    return `with held as (select s.product_id, sum(s.on_hand) as on_hand from stock_levels s where ${scope('s')} group by 1),
      moved as (
        select m.product_id, coalesce(sum(m.quantity) filter (where ${laterThan(last, zone)}), 0) as later,
          coalesce(sum(greatest(m.quantity, 0)) filter (where not ${laterThan(last, zone)}), 0) as received,
          coalesce(sum(greatest(-m.quantity, 0)) filter (where not ${laterThan(last, zone)}), 0) as issued
        from stock_movements m where ${laterThan(before, zone)} and ${scope('m')} group by 1
      ), flows as (
        select h.product_id, h.on_hand - coalesce(m.later, 0) as closing, coalesce(m.received, 0) as received,
          coalesce(m.issued, 0) as issued
        from held h left join moved m using (product_id)
      )
      select p.id as "productId", p.sku, p.name, p.name_ar as "nameAr", f.closing - f.received + f.issued as opening, f.received,
        f.issued, f.closing
      from flows f join products p on p.id = f.product_id
      where f.closing <> 0 or f.received <> 0 or f.issued <> 0 order by p.sku, p.id`;
  },
};
