import { foldText } from '../kernel/fold.js';
import { can, type Viewer } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { escapeLike, type Params } from '../platform/graphql/filters.js';
import type { ListSpec } from '../platform/graphql/page.js';
import type { Selection } from '../platform/graphql/selection.js';
import type { Product } from './product.entity.js';

/** A row as the statements answer it: numbers as decimal text, one-to-one relations as nested objects. */
export type ProductRow = Omit<Product, 'category' | 'stock' | 'images'> & {
  stock?: { onHand: string; available: string | null; committed: string | null; updatedAt: string } | null;
  category?: { id: string; name: string; nameAr: string | null; version: number } | null;
  images?: { id: string; sourceRef: string; fileName: string | null }[];
};

const column = (alias: string, sql: string): Record<string, Record<string, string>> => ({ [alias]: { [alias]: sql } });

// Correlated subselects: under a generic plan a join was four times slower.
const CATEGORY = `(select json_build_object('id', c.id, 'name', c.name, 'nameAr', c.name_ar, 'version', c.version)
  from categories c where c.id = p.category_id)`;
const STOCK = `(select json_build_object('onHand', s.on_hand::text, 'available', s.available::text,
  'committed', s.committed::text, 'updatedAt', s.updated_at) from product_stock s where s.product_id = p.id)`;
const IMAGES = `coalesce((select json_agg(json_build_object('id', i.id, 'sourceRef', i.source_ref, 'fileName', i.file_name)
  order by i.id) from product_images i where i.product_id = p.id), '[]')`;

export const productList: ListSpec = {
  from: 'products p',
  idSql: 'p.id',
  always: { id: 'p.id', externalRef: 'p.external_ref' },
  columns: {
    ...column('sku', 'p.sku'),
    ...column('name', 'p.name'),
    ...column('nameAr', 'p.name_ar'),
    ...column('description', 'p.description'),
    ...column('brand', 'p.brand'),
    ...column('unit', 'p.unit'),
    ...column('barcode', 'p.barcode'),
    basePrice: { basePriceUsd: 'p.base_price_usd' },
    cost: { costUsd: 'p.cost_usd' },
    ...column('reorderLevel', 'p.reorder_level'),
    ...column('active', 'p.active'),
    ...column('trackable', 'p.trackable'),
    ...column('version', 'p.version'),
    ...column('createdAt', 'p.created_at'),
    ...column('updatedAt', 'p.updated_at'),
    ...column('archivedAt', 'p.archived_at'),
    category: { category: CATEGORY },
    stock: { stock: STOCK },
    images: { images: IMAGES },
  },
  orders: {
    NAME_ASC: { sql: 'p.name collate "C"', type: 'text', direction: 'asc' },
    NAME_DESC: { sql: 'p.name collate "C"', type: 'text', direction: 'desc' },
    PRICE_ASC: { sql: 'coalesce(p.base_price_usd, -1)', type: 'numeric', direction: 'asc' },
    PRICE_DESC: { sql: 'coalesce(p.base_price_usd, -1)', type: 'numeric', direction: 'desc' },
    UPDATED_DESC: { sql: 'p.updated_at', type: 'timestamptz', direction: 'desc' },
  },
};

/** Whoever lacks catalog:all sees what is for sale. One sentence, used by every path to a product. */
export function productScope(viewer: Viewer): string {
  return can(viewer, 'catalog:all') ? 'true' : '(p.active and p.archived_at is null)';
}

const MAX_WORDS = 8;

/**
 * Every word of the question must occur. The matches are made an array first: left to itself the planner walks the
 * order's index and tests the text row by row.
 */
export function searchCondition(question: string, params: Params): string {
  const words = foldText(question).split(' ').filter(Boolean).slice(0, MAX_WORDS);
  if (words.length === 0) return 'true';
  const tests = words.map((word) => `s.search_text like ${params.add(`%${escapeLike(word)}%`)}`);
  return `p.id = any (array(select s.id from products s where ${tests.join(' and ')}))`;
}

function selectProducts(selection: Selection | 'all', where: string): string {
  const columns = new Map(Object.entries(productList.always));
  const fields = selection === 'all' ? Object.keys(productList.columns) : [...selection.fields.keys()].sort();
  for (const field of fields) {
    for (const [alias, sql] of Object.entries(productList.columns[field] ?? {})) columns.set(alias, sql);
  }
  const list = [...columns].map(([alias, sql]) => `${sql} as "${alias}"`).join(', ');
  return `select ${list} from products p where ${where}`;
}

/** One product that the viewer may see, with the columns of the selection; null otherwise. */
export async function findProduct(
  db: Pick<Database, 'read'>,
  viewer: Viewer,
  id: string,
  selection: Selection | 'all',
): Promise<ProductRow | null> {
  const [row] = await db.read<ProductRow>(selectProducts(selection, `p.id = $1::uuid and ${productScope(viewer)}`), [
    id,
  ]);
  return row ?? null;
}

export const productById = defineLoader<string, ProductRow>('productById', async ({ db }, ids, viewer) => {
  const rows = await db.read<ProductRow>(selectProducts('all', `p.id = any ($1::uuid[]) and ${productScope(viewer)}`), [
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row]));
});

export const categoryList: ListSpec = {
  from: 'categories c',
  idSql: 'c.id',
  always: { id: 'c.id', name: 'c.name', nameAr: 'c.name_ar', version: 'c.version' },
  columns: {},
  orders: { NAME_ASC: { sql: 'c.name collate "C"', type: 'text', direction: 'asc' } },
};

/** How many products of a category the viewer may see. */
export const productCountByCategory = defineLoader<string, number>(
  'productCountByCategory',
  async ({ db }, ids, viewer) => {
    const rows = await db.read<{ id: string; count: number }>(
      `select p.category_id as id, count(*) as count from products p
       where p.category_id = any ($1::uuid[]) and ${productScope(viewer)} group by p.category_id`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row.count]));
  },
);

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface StockFigures {
  onHand: string | null;
  available: string | null;
  committed: string | null;
}

/**
 * Set-based: stock is no part of the product's version. `null` is no claim. Answers the figures before and after, or
 * null when nothing changed. The caller holds the product's lock.
 */
export async function writeStock(
  run: Run,
  productId: string,
  stock: StockFigures,
): Promise<{ before: StockFigures | null; after: StockFigures } | null> {
  const [row] = await run<{ before: StockFigures | null; after: StockFigures }>(
    `with old as (select on_hand, available, committed from product_stock where product_id = $1),
     written as (
       insert into product_stock as s (product_id, on_hand, available, committed, updated_at)
       values ($1, coalesce($2::numeric, $3::numeric, 0), $3, $4, now())
       on conflict (product_id) do update set on_hand = coalesce($2::numeric, s.on_hand),
         available = coalesce($3::numeric, s.available), committed = coalesce($4::numeric, s.committed), updated_at = now()
       where (s.on_hand, s.available, s.committed) is distinct from
         (coalesce($2::numeric, s.on_hand), coalesce($3::numeric, s.available), coalesce($4::numeric, s.committed))
       returning on_hand, available, committed
     )
     select json_build_object('onHand', w.on_hand::text, 'available', w.available::text, 'committed', w.committed::text)
         as after,
       (select json_build_object('onHand', o.on_hand::text, 'available', o.available::text,
         'committed', o.committed::text) from old o) as before
     from written w`,
    [productId, stock.onHand, stock.available, stock.committed],
  );
  return row ?? null;
}

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
