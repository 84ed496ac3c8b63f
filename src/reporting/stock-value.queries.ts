import { column, HEADS, only, type ReportAsk, type ReportDefinition } from '../platform/read/report.js';
import type { Params } from '../platform/read/sql.js';
import { warehouseScope } from '../stock/stock.queries.js';

/** The moment at which the day after a day begins. */
const dayAfter = (day: string): string => `((${day} + 1)::timestamp at time zone 'Asia/Baghdad')`;

/** What a product is worth: the one place that says where its cost comes from. */
export const valueOfStock = (onHand: string, product: string): string => `round(${onHand} * ${product}.cost_usd, 2)`;

/** What warehouses held at the end of a day, as rows (product_id, warehouse_id, on_hand): today's less what moved since. */
function stockOn(ask: ReportAsk, params: Params): string {
  const scope = `${warehouseScope(ask.viewer, params, 's.warehouse_id')}${only('s.warehouse_id', ask.warehouseId, params)}${only('s.product_id', ask.productId, params)}`;
  const moved =
    ask.to >= ask.today
      ? ''
      : `left join (select m.product_id, m.warehouse_id, sum(m.quantity) as quantity from stock_movements m
           where m.created_at >= ${dayAfter(`${params.add(ask.to)}::date`)} group by 1, 2) m using (product_id, warehouse_id)`;
  return `(select s.product_id, s.warehouse_id, s.on_hand${moved === '' ? '' : ' - coalesce(m.quantity, 0)'} as on_hand
    from stock_levels s ${moved} where ${scope})`;
}

export interface StockValueRow {
  productId: string;
  sku: string | null;
  name: string;
  nameAr: string | null;
  warehouse: string;
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
    `select p.id as "productId", p.sku, p.name, p.name_ar as "nameAr", w.code as warehouse, s.on_hand as "onHand",
       p.cost_usd as "unitCost", ${valueOfStock('s.on_hand', 'p')} as value, 'USD' as currency
     from ${stockOn(ask, params)} s join products p on p.id = s.product_id join warehouses w on w.id = s.warehouse_id
     where s.on_hand <> 0 order by ${valueOfStock('s.on_hand', 'p')} desc nulls last, p.id, w.code`,
};

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
    const [first, last] = [`(${params.add(ask.from)}::date - 1)`, `${params.add(ask.to)}::date`];
    const scope = `${warehouseScope(ask.viewer, params, 'm.warehouse_id')}${only('m.warehouse_id', ask.warehouseId, params)}${only('m.product_id', ask.productId, params)}`;
    return `with closing as (select s.product_id, sum(s.on_hand) as on_hand from ${stockOn(ask, params)} s group by 1),
      moved as (
        select m.product_id, sum(greatest(m.quantity, 0)) as received, sum(greatest(-m.quantity, 0)) as issued
        from stock_movements m
        where m.created_at >= ${dayAfter(first)} and m.created_at < ${dayAfter(last)} and ${scope} group by 1
      )
      select p.id as "productId", p.sku, p.name, p.name_ar as "nameAr",
        c.on_hand - coalesce(m.received, 0) + coalesce(m.issued, 0) as opening, coalesce(m.received, 0) as received,
        coalesce(m.issued, 0) as issued, c.on_hand as closing
      from closing c left join moved m using (product_id) join products p on p.id = c.product_id
      where c.on_hand <> 0 or coalesce(m.received, 0) <> 0 or coalesce(m.issued, 0) <> 0
      order by p.sku, p.id`;
  },
};
