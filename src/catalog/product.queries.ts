import { normaliseText } from '../kernel/normalise.js';
import { businessDate } from '../kernel/clock.js';
import { can, type Viewer } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { assertFieldRight } from '../platform/graphql/field-rights.js';
import { escapeLike, Params } from '../platform/graphql/filters.js';
import {
  nestedRow,
  readOne,
  selectList,
  type Ask,
  type ListSpec,
  type NestedColumn,
  type Reader,
} from '../platform/graphql/connections.js';
import type { Selection } from '../platform/graphql/selection.js';
import { metadataColumn } from '../platform/metadata.js';
import {
  hasPriceList,
  consumerPriced,
  hasConsumerPrice,
  PRODUCT_PRICES,
  productPrice,
  unitPriceSql,
} from './price.queries.js';
import type { Product } from './product.entity.js';

export interface ImageRow {
  id: string;
  fileHash: string | null;
  sourceRef?: string;
  fileName?: string | null;
  width?: number | null;
  height?: number | null;
}

/** A row as the statements answer it: numbers as decimal text, one-to-one relations as nested objects. */
export type ProductRow = Omit<Product, 'category' | 'images'> & {
  category?: { id: string; name: string; nameAr: string | null; version: number } | null;
  images?: ImageRow[];
};

const CATEGORY: NestedColumn = {
  nested: 'categories c where c.id = p.category_id',
  always: { id: 'c.id' },
  columns: { name: 'c.name', nameAr: 'c.name_ar', version: 'c.version' },
};
const IMAGES: NestedColumn = {
  nested: 'product_images i where i.product_id = p.id',
  orderBy: 'i.id',
  always: { id: 'i.id', fileHash: 'i.file_hash' },
  columns: { sourceRef: 'i.source_ref', fileName: 'i.file_name', width: 'i.width', height: 'i.height' },
};

export const productList: ListSpec = {
  from: 'products p',
  idSql: 'p.id',
  always: { id: 'p.id', externalRef: 'p.external_ref' },
  decimals: ['basePriceUsd', 'costUsd', 'reorderLevel'],
  columns: {
    sku: 'p.sku',
    name: 'p.name',
    nameAr: 'p.name_ar',
    description: 'p.description',
    brand: 'p.brand',
    unit: 'p.unit',
    barcode: 'p.barcode',
    basePrice: { basePriceUsd: 'p.base_price_usd' },
    cost: { costUsd: 'p.cost_usd' },
    reorderLevel: 'p.reorder_level',
    active: 'p.active',
    featured: 'p.featured',
    trackable: 'p.trackable',
    version: 'p.version',
    createdAt: 'p.created_at',
    updatedAt: 'p.updated_at',
    archivedAt: 'p.archived_at',
    category: CATEGORY,
    price: productPrice,
    prices: PRODUCT_PRICES,
    tags: 'p.tags',
    metadata: metadataColumn('product', 'p.id'),
    images: IMAGES,
  },
  orders: {
    NAME_ASC: { sql: 'p.name collate "C"', type: 'text', direction: 'asc' },
    NAME_DESC: { sql: 'p.name collate "C"', type: 'text', direction: 'desc' },
    UPDATED_DESC: { sql: 'p.updated_at', type: 'timestamptz', direction: 'desc' },
    NEWEST: { sql: 'p.created_at', type: 'timestamptz', direction: 'desc' },
    FEATURED: { sql: 'p.featured', type: 'boolean', direction: 'desc' },
    // How often a product was sold is nobody's business outside.
    POPULAR: { sql: 'p.popularity', type: 'integer', direction: 'desc', hidden: true },
  },
  kept: [{ when: [], count: 'products' }],
};

/**
 * Orders by price, for the list of this code or the one that the viewer buys by. Whoever has no price list gets the
 * order by base price, if they may see them. Throws FORBIDDEN.
 */
export function orderedByPrice(ask: Ask, code: string | null, order: 'PRICE_ASC' | 'PRICE_DESC'): ListSpec {
  const direction = order === 'PRICE_ASC' ? 'asc' : 'desc';
  const byBase = code === null && !hasPriceList(ask.viewer);
  if (byBase) assertFieldRight(ask.viewer, BASE_PRICE);
  const sql = `coalesce(${byBase ? 'p.base_price_usd' : unitPriceSql(ask, code)}, -1)`;
  return { ...productList, orders: { ...productList.orders, [order]: { sql, type: 'numeric', direction } } };
}

const BASE_PRICE = { field: 'Product.basePrice', permission: 'prices:all' } as const;

/**
 * The row-level filter of the catalogue, used by every path to a product `p`. Staff see all; clients what is for sale;
 * consumers what is for sale, in stock, known to Zoho and priced for them in IQD (domain.md 1).
 */
export function productScope({ viewer, params, today }: Ask): string {
  if (can(viewer, 'catalog:all')) return 'true';
  const forSale = 'p.active and p.archived_at is null';
  if (can(viewer, 'catalog:active')) return `(${forSale})`;
  return `(${forSale} and p.external_ref is not null
    and (select sum(s.on_hand) from stock_levels s where s.product_id = p.id) > 0
    and ${hasConsumerPrice(params.add(today))})`;
}

/** `productScope` for a count, which asks every row: sets that are made once instead of a look-up a row. */
export function productScopeOfAll({ viewer, params, today }: Ask): string {
  if (can(viewer, 'catalog:all') || can(viewer, 'catalog:active')) return productScope({ viewer, params, today });
  return `(p.active and p.archived_at is null and p.external_ref is not null
    and p.id in (select s.product_id from stock_levels s group by 1 having sum(s.on_hand) > 0)
    and p.id in ${consumerPriced(params.add(today))})`;
}

const MAX_WORDS = 8;

/**
 * Every word of the question must occur. The matches are made an array first: left to itself the planner walks the
 * order's index and tests the text row by row.
 */
export function searchCondition(question: string, params: Params): string {
  const words = normaliseText(question).split(' ').filter(Boolean).slice(0, MAX_WORDS);
  if (words.length === 0) return 'true';
  const tests = words.map((word) => `s.search_text like ${params.add(`%${escapeLike(word)}%`)}`);
  return `p.id = any (array(select s.id from products s where ${tests.join(' and ')}))`;
}

export interface SoldProduct {
  id: string;
  name: string;
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
  const where = `p.id = any (${params.add(ids)}::uuid[]) and ${productScope({ viewer, today, params })}`;
  return run<SoldProduct>(
    `select p.id, p.name, p.active and p.archived_at is null as active, p.trackable, p.cost_usd::text as "costUsd"
     from products p where ${where}`,
    params.values,
  );
}

/** The product of a row that holds its id, as far as the viewer may see it. */
export const productColumn =
  (productId: string) =>
  (ask: Ask): NestedColumn =>
    nestedRow(productList, ask, `p.id = ${productId} and ${productScope(ask)}`);

/** One product that the viewer may see, with the columns of the selection; null otherwise. */
export function findProduct(reader: Reader, id: string, selection: Selection | 'all'): Promise<ProductRow | null> {
  const params = new Params();
  const where = [productScope({ viewer: reader.viewer, params, today: reader.today })];
  return readOne<ProductRow>(reader, productList, id, {
    where,
    params,
    ...(selection === 'all' ? {} : { selection }),
  });
}

export const productById = defineLoader<string, ProductRow>('productById', async ({ db, config }, ids, viewer) => {
  const ask = { viewer, params: new Params(), today: businessDate(config.timeZone) };
  const rows = await db.read<ProductRow>(
    `select ${selectList(productList, 'all', ask)} from products p
     where p.id = any (${ask.params.add(ids)}::uuid[]) and ${productScope(ask)}`,
    ask.params.values,
  );
  return new Map(rows.map((row) => [row.id, row]));
});

export const categoryList: ListSpec = {
  from: 'categories c',
  idSql: 'c.id',
  always: { id: 'c.id', name: 'c.name', nameAr: 'c.name_ar', version: 'c.version' },
  columns: {
    archivedAt: 'c.archived_at',
    parent: {
      nested: 'categories o where o.id = c.parent_id',
      always: { id: 'o.id' },
      columns: { name: 'o.name', nameAr: 'o.name_ar', version: 'o.version', archivedAt: 'o.archived_at' },
    },
    children: {
      nested: 'categories o where o.parent_id = c.id and o.archived_at is null',
      orderBy: 'o.name collate "C"',
      always: { id: 'o.id' },
      columns: { name: 'o.name', nameAr: 'o.name_ar', version: 'o.version', archivedAt: 'o.archived_at' },
    },
  },
  orders: { NAME_ASC: { sql: 'c.name collate "C"', type: 'text', direction: 'asc' } },
};

/** How many products of a category and all below it the viewer may see. */
export const productCountByCategory = defineLoader<string, number>(
  'productCountByCategory',
  async ({ db, config }, ids, viewer) => {
    const ask = { viewer, params: new Params(), today: businessDate(config.timeZone) };
    const rows = await db.read<{ id: string; count: number }>(
      `with recursive tree as (
         select id as root, id from categories where id = any (${ask.params.add(ids)}::uuid[])
         union select t.root, c.id from tree t join categories c on c.parent_id = t.id
       )
       select t.root as id, count(*) as count from tree t join products p on p.category_id = t.id
       where ${productScope(ask)} group by t.root`,
      ask.params.values,
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

/** External refs of unarchived products, e.g. to find those that the source no longer lists. */
export async function listProductRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    'select p.external_ref as ref from products p where p.external_ref is not null and p.archived_at is null',
  );
  return rows.map((row) => row.ref);
}
