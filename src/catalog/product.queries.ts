import { businessDate } from '../kernel/clock.js';
import { normaliseText } from '../kernel/normalise.js';
import { can, type Viewer } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import { assertFieldRight } from '../platform/graphql/field-rights.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { metadataField } from '../platform/metadata.js';
import { computed, many, money, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { scopeText } from '../platform/read/page.js';
import type { Sort } from '../platform/read/sort.js';
import { all, escapeLike, Params, raw, sql, type Sql } from '../platform/read/sql.js';
import { whoOf, type Who } from '../platform/read/who.js';
import { Category } from './category.entity.js';
import {
  hasPriceList,
  consumerPriced,
  hasConsumerPrice,
  productPrice,
  productPrices,
  unitPriceSql,
} from './price.queries.js';
import { ProductImage } from './product-image.entity.js';
import { Product } from './product.entity.js';
import { type Counted, DECIMALS_OF_P, decimalsOf } from './unit.queries.js';

const forSale = (product: Columns<Product>): Sql => sql`${product.active} and ${product.archivedAt} is null`;

/** What the ERP made is no draft of a record of Zoho any more once the ERP owns the catalogue. */
const isPublished = (product: Columns<Product>): Sql =>
  sql`(${product.externalRef} is not null or (select s.value #>> '{}' = 'full' from settings s where s.key = 'sync_phase'))`;

/** What is free in the primary warehouse: whoever cannot choose a warehouse orders from it. */
const FREE_LEVELS = raw(`stock_levels s where s.warehouse_id = (select w.id from warehouses w where w.is_primary)
      and s.on_hand > s.reserved`);

/**
 * What a viewer may see of the catalogue, on every path to a product. Staff see all; clients what is for sale; consumers
 * what is for sale, published, priced for them in IQD and free where their order is confirmed from (domain.md 1).
 */
function productScope(product: Columns<Product>, who: Who): Sql | boolean {
  if (can(who, 'catalog:all')) return true;
  if (can(who, 'catalog:active')) return sql`(${forSale(product)})`;
  return sql`(${forSale(product)} and ${isPublished(product)}
    and exists (select 1 from ${FREE_LEVELS} and s.product_id = ${product.id})
    and ${hasConsumerPrice(product.id)})`;
}

/** `productScope` for a count, which looks at every row: sets that are made once instead of a look-up a row. */
function productCountScope(product: Columns<Product>, who: Who): Sql | boolean {
  if (can(who, 'catalog:all') || can(who, 'catalog:active')) return productScope(product, who);
  return sql`(${forSale(product)} and ${isPublished(product)}
    and ${product.id} in (select s.product_id from ${FREE_LEVELS})
    and ${product.id} in ${consumerPriced})`;
}

export const imageRead = read(ProductImage, { always: ['fileHash'], fields: {} });

/** The average cost of what the company holds, or the last that is known; of stock that is only a report the reported cost. */
const productCost = (product: Columns<Product>): Sql => sql`coalesce(
  (select json_build_object('currency', b.value #>> '{}', 'amount',
     (case when c.quantity > 0 then round(c.value / c.quantity, 6) else c.last_cost end)::text)
   from product_costs c join settings b on b.key = 'base_currency'
   where c.product_id = ${product.id} and c.opened and (c.quantity > 0 or c.last_cost is not null)),
  case when ${product.costUsd} is not null then json_build_object('currency', 'USD', 'amount', ${product.costUsd}::text) end)`;

export const productRead = read(Product, {
  always: ['externalRef'],
  scope: productScope,
  countScope: productCountScope,
  kept: [{ count: 'products' }],
  fields: {
    basePrice: money('basePriceUsd', 'USD'),
    cost: computed(productCost),
    quantityDecimals: computed(decimalsOf),
    price: productPrice,
    prices: productPrices,
    metadata: metadataField('product'),
    images: many(ProductImage, (product, image) => sql`${image.product} = ${product.id}`, {
      orderBy: (image) => image.id,
    }),
  },
});

/** A product as statements answer it. */
export type ProductRow = RowOf<typeof productRead>;

/**
 * Orders by price, for the list of this code or the one that the viewer buys by. Whoever has no price list gets the
 * order by base price, if they may see them. Throws FORBIDDEN.
 */
export function sortByPrice(viewer: Viewer, code: string | null, name: 'PRICE_ASC' | 'PRICE_DESC'): Sort<Product> {
  const byBase = code === null && !hasPriceList(viewer);
  if (byBase) assertFieldRight(viewer, BASE_PRICE);
  const price = (product: Columns<Product>): Sql =>
    byBase ? product.basePriceUsd : unitPriceSql(whoOf(viewer), product.id, code);
  return {
    name,
    type: 'numeric',
    direction: name === 'PRICE_ASC' ? 'asc' : 'desc',
    key: (product) => sql`coalesce(${price(product)}, -1)`,
    perRequest: true,
  };
}

const BASE_PRICE = { field: 'Product.basePrice', permission: 'prices:all' } as const;

export type ImageRow = RowOf<typeof imageRead>;

const stockOf = (what: string, product: Columns<Product>): Sql =>
  sql`(select ${raw(what)} from stock_levels s where s.product_id = ${product.id})`;

/** What came back damaged is not for sale. */
const SELLING = raw('not exists (select 1 from warehouses w where w.id = s.warehouse_id and w.damaged)');

/** Over all warehouses; null where no stock was ever reported. */
export const onHandOf = (product: Columns<Product>): Sql => stockOf('sum(s.on_hand)', product);
/** What was never stocked is not available: 0, so that a filter finds it. */
export const availableOf = (product: Columns<Product>): Sql =>
  sql`coalesce((select sum(s.on_hand - s.reserved) from stock_levels s
    where s.product_id = ${product.id} and ${SELLING}), 0)`;

export const isLow = (product: Columns<Product>): Sql =>
  sql`coalesce(${availableOf(product)} <= ${product.reorderLevel}, false)`;

export const categoryName = (product: Columns<Product>): Sql =>
  sql`(select c.name from categories c where c.id = ${product.category})`;

/** Stands for the price until a query says of which list. */
export const noPrice = (): Sql => raw('null::numeric');

export const isRootCategory = (category: Columns<Category>): Sql => sql`${category.parent} is null`;

const MAX_WORDS = 8;

/**
 * Every word of the question must occur. The matches are made an array first: left to itself the planner walks the
 * order's index and tests the text row by row.
 */
export const searchCondition =
  (question: string) =>
  (product: Columns<Product>): Sql => {
    const words = normaliseText(question).split(' ').filter(Boolean).slice(0, MAX_WORDS);
    if (words.length === 0) return raw('true');
    const tests = words.map((word) => sql`s.search_text like ${`%${escapeLike(word)}%`}`);
    return sql`${product.id} = any (array(select s.id from products s where ${all(tests)}))`;
  };

export interface SoldProduct extends Counted {
  id: string;
  active: boolean;
  trackable: boolean;
  costUsd: string | null;
}

/** Products that a viewer may see and therefore name in a document. */
export function listVisibleProducts(
  run: Run,
  { viewer, today }: { viewer: Viewer; today: string },
  ids: readonly string[],
): Promise<SoldProduct[]> {
  const params = new Params();
  const where = `p.id = any (${params.add(ids)}::uuid[]) and ${scopeText(productRead, 'p', { viewer, today }, params)}`;
  return run<SoldProduct>(
    `select p.id, p.name, p.name_ar as "nameAr", ${DECIMALS_OF_P} as decimals, p.active and p.archived_at is null as active, p.trackable, p.cost_usd::text as "costUsd"
     from products p where ${where}`,
    params.values,
  );
}

export const isOpenCategory = (category: Columns<Category>): Sql => sql`${category.archivedAt} is null`;

export const categoryRead = read(Category, {
  fields: {
    children: many(Category, (category, child) => sql`${child.parent} = ${category.id} and ${isOpenCategory(child)}`, {
      orderBy: (child) => sql`${child.name} collate "C"`,
    }),
  },
});

/** How many products of a category and all below it the viewer may see. */
export const productCountByCategory = defineLoader<string, number>(
  'productCountByCategory',
  async ({ db, config }, ids, viewer) => {
    const params = new Params();
    const scope = scopeText(productRead, 'p', { viewer, today: businessDate(config.timeZone) }, params);
    const rows = await db.read<{ id: string; count: number }>(
      `with recursive tree as (
         select id as root, id from categories where id = any (${params.add(ids)}::uuid[])
         union select t.root, c.id from tree t join categories c on c.parent_id = t.id
       )
       select t.root as id, count(*) as count from tree t join products p on p.category_id = t.id
       where ${scope} group by t.root`,
      params.values,
    );
    return new Map(rows.map((row) => [row.id, row.count]));
  },
);

/** Whether a category lies below another one (or is it). */
export async function isBelow(run: Run, id: string, ancestorId: string): Promise<boolean> {
  const [row] = await run(
    `with recursive up as (
       select id, parent_id from categories where id = $1
       union select c.id, c.parent_id from up join categories c on c.id = up.parent_id
     ) select 1 from up where id = $2`,
    [id, ancestorId],
  );
  return row !== undefined;
}

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Upserts the one image reference that a source names; answers whether anything changed. */
export async function writeImage(
  run: Run,
  image: { id: string; productId: string; sourceRef: string; fileName: string | null },
): Promise<boolean> {
  const rows = await run(
    `insert into product_images as i (id, product_id, source_ref, file_name) values ($1, $2, $3, $4)
     on conflict (product_id, source_ref) do update set file_name = excluded.file_name
     where i.file_name is distinct from excluded.file_name
     returning id`,
    [image.id, image.productId, image.sourceRef, image.fileName],
  );
  return rows.length > 0;
}

/** The product of a scanned or typed code: of a barcode before a SKU, the oldest where Zoho has several. */
export async function findProductIdByCode({ read: run }: Pick<Database, 'read'>, code: string): Promise<string | null> {
  const [row] = await run<{ id: string }>(
    `select p.id from products p where p.archived_at is null and (p.barcode = $1 or p.sku = $1)
     order by p.barcode = $1 desc nulls last, p.id limit 1`,
    [code],
  );
  return row?.id ?? null;
}

/** External refs of unarchived products, e.g. to find those that the source no longer lists. */
export async function listProductRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    'select p.external_ref as ref from products p where p.external_ref is not null and p.archived_at is null',
  );
  return rows.map((row) => row.ref);
}
