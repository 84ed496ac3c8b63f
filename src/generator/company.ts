import { createHash } from 'node:crypto';
import { searchTextOf } from '../catalog/product.service.js';
import { fromMs } from '../kernel/clock.js';
import { type Currency, CURRENCY_DECIMALS, Decimal } from '../kernel/money.js';
import { normaliseText } from '../kernel/normalise.js';
import { StartFault } from '../kernel/start-fault.js';
import type { Database } from '../platform/db/orm.js';
import { generateItems, LOCATIONS, seededRandom, type SimulatedItem } from '../simulator/company.js';

/**
 * A company of real proportions for demos, tests of scale and benchmarks: 2,218 products (56 % without SKU, 59 % active,
 * 22 % in stock), six lists of some 1,300 prices, three warehouses, twelve salespersons, 2,500 customers; times the scale.
 * Deterministic: the same scale gives the same rows, ids included. It writes in sets and holds the invariants that the
 * commands hold (levels are the sum of their movements, search texts are folded). Only an empty catalogue is filled.
 */
export interface Generated {
  products: number;
  prices: number;
  movements: number;
  customers: number;
}

const ITEMS = 2218;

const CUSTOMERS = 2500;

const SALESPERSONS = 12;

const CHUNK = 2000;

const SEED = 20_251_114;

export const IQD_PER_USD = 1310;

const IQD_STEP = 250;

export const idOf = (kind: string, key: string | number): string => {
  const hex = createHash('md5').update(`${kind}:${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
};

/** Share of the base price that a list asks. */
const LISTS: readonly [string, Currency, number][] = [
  ['wholesale_a', 'USD', 0.82],
  ['wholesale_b', 'USD', 0.88],
  ['retailer', 'USD', 0.95],
  ['technical_usd', 'USD', 0.9],
  ['technical_iqd', 'IQD', 0.9],
  ['consumer_iqd', 'IQD', 1.15],
];

function amountOf(baseUsd: number, currency: Currency, share: number): string {
  const usd = new Decimal(baseUsd).times(share);
  if (currency !== 'IQD') return Decimal.max(usd, 0.01).toFixed(CURRENCY_DECIMALS[currency]);
  const steps = usd.times(IQD_PER_USD).dividedBy(IQD_STEP).toDecimalPlaces(0, Decimal.ROUND_UP);
  return Decimal.max(steps, 1).times(IQD_STEP).toFixed(0);
}

type Row = readonly unknown[];

/** One statement a chunk: `columns` is `name type, ...`; a column that is not given gets the table's default. */
export async function insertRows(db: Database, table: string, columns: string, rows: readonly Row[]): Promise<void> {
  const parsed = columns.split(', ').map((column) => column.split(' ') as [string, string]);
  const names = parsed.map(([name]) => name).join(', ');
  const casts = parsed.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');
  for (let begin = 0; begin < rows.length; begin += CHUNK) {
    const chunk = rows.slice(begin, begin + CHUNK);
    await db.read(
      `insert into ${table} (${names}) select * from unnest(${casts}) as t(${names})`,
      parsed.map((_, index) => chunk.map((row) => row[index])),
    );
  }
}

const FIRST = ['أحمد', 'علي', 'حسن', 'زينب', 'فاطمة', 'محمد', 'مصطفى', 'سارة', 'عمر', 'نور', 'كرار', 'هدى'];

const LAST = ['الجبوري', 'الدليمي', 'الساعدي', 'العبيدي', 'الزبيدي', 'الكعبي', 'التميمي', 'الربيعي', 'الخفاجي'];

const SHOPS = ['مكتب', 'محل', 'شركة', 'مركز', 'معرض'];

const CITIES = ['بغداد', 'البصرة', 'أربيل', 'النجف', 'كربلاء', 'الموصل', 'كركوك', 'الناصرية', 'السليمانية'];

function productRows(items: readonly SimulatedItem[]): Row[] {
  return items.map((item) => {
    const product = {
      name: item.name,
      nameAr: item.nameAr,
      sku: item.sku || null,
      barcode: null,
      brand: item.brand || null,
    };
    return [
      idOf('product', item.itemId),
      item.itemId,
      product.sku,
      product.name,
      product.nameAr,
      item.description || null,
      product.brand,
      item.unit || null,
      item.rate,
      item.purchaseRate,
      item.reorderLevel === '' ? null : item.reorderLevel,
      item.active,
      item.categoryName ? idOf('category', normaliseText(item.categoryName)) : null,
      searchTextOf(product),
      fromMs(item.createdMs),
      fromMs(item.modifiedMs),
    ];
  });
}

function stockRows(
  items: readonly SimulatedItem[],
  warehouses: readonly string[],
): { levels: Row[]; movements: Row[] } {
  const levels: Row[] = [];
  const movements: Row[] = [];
  for (const item of items) {
    item.stock.forEach((quantity, index) => {
      const reserved = index === 0 ? item.committed : 0;
      if (quantity === 0 && reserved === 0) return;
      const [productId, warehouseId] = [idOf('product', item.itemId), warehouses[index] as string];
      levels.push([productId, warehouseId, quantity, reserved, quantity, reserved, fromMs(item.modifiedMs)]);
      movements.push([
        idOf('movement', `${item.itemId} ${index}`),
        productId,
        warehouseId,
        'ADJUSTMENT',
        quantity,
        reserved,
        quantity,
        reserved,
        item.purchaseRate,
        'Opening',
        'system',
        'system',
        fromMs(item.createdMs),
      ]);
    });
  }
  return { levels, movements };
}

function priceRows(items: readonly SimulatedItem[], listIds: ReadonlyMap<string, string>): Row[] {
  const random = seededRandom(SEED);
  const rows: Row[] = [];
  for (const item of items) {
    if (!item.active) continue;
    for (const [code, currency, share] of LISTS) {
      if (random() < 0.005) continue;
      const add = (minimum: number, factor: number, discount: number): void => {
        rows.push([
          idOf('price', `${code} ${item.itemId} ${minimum}`),
          listIds.get(code),
          idOf('product', item.itemId),
          minimum,
          amountOf(item.rate, currency, share * factor),
          discount,
          fromMs(item.modifiedMs),
        ]);
      };
      add(1, 1, 0);
      if (code.startsWith('wholesale') && random() < 0.1) {
        add(10, 0.96, 0);
        add(100, 0.96, 5);
      }
    }
  }
  return rows;
}

function customerRows(count: number, listIds: ReadonlyMap<string, string>): Row[] {
  const random = seededRandom(SEED + 1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const wholesale = random() < 0.2;
    const code = wholesale
      ? pick(['wholesale_a', 'wholesale_b'])
      : pick(['retailer', 'technical_usd', 'technical_iqd']);
    const currency = code.endsWith('_iqd') ? 'IQD' : 'USD';
    const name = `${pick(SHOPS)} ${pick(FIRST)} ${pick(LAST)}`;
    const phone = `07${String(Math.floor(random() * 1e9)).padStart(9, '0')}`;
    const email = random() < 0.426 ? `customer${index}@example.test` : null;
    const city = pick(CITIES);
    const number = `G${String(index + 1).padStart(6, '0')}`;
    const limit = wholesale ? Math.floor(random() * 20) * (currency === 'IQD' ? 1_000_000 : 1000) : 0;
    const at = fromMs(1_704_067_200_000 + Math.floor(random() * 600) * 86_400_000);
    return [
      idOf('customer', index),
      number,
      name,
      name,
      phone,
      email,
      city,
      currency,
      limit,
      wholesale ? pick([30, 45, 60, 90]) : 0,
      listIds.get(code),
      random() < 0.9 ? idOf('salesperson', Math.floor(random() * SALESPERSONS)) : null,
      random() < 0.977,
      normaliseText([name, number, phone, email].filter(Boolean).join(' ')),
      at,
      at,
    ];
  });
}

export async function generateCompany(
  db: Database,
  scale: number,
  say: (line: string) => void = () => undefined,
): Promise<Generated> {
  const [known] = await db.read<{ products: number; customers: number }>(
    `select (select count(*) from products) as products, (select count(*) from customers) as customers`,
  );
  if (known && known.products + known.customers > 0) {
    throw new StartFault(
      `The database holds ${known.products} products and ${known.customers} customers. Only an empty one is filled.`,
    );
  }
  const items = generateItems(ITEMS * scale);
  const lists = await db.read<{ id: string; code: string }>('select id, code from price_lists');
  const listIds = new Map(lists.map((list) => [list.code, list.id]));

  const categories = [...new Set(items.map((item) => item.categoryName).filter(Boolean))];
  await insertRows(
    db,
    'categories',
    'id uuid, name text, folded_name text, created_at timestamptz',
    categories.map((name) => [
      idOf('category', normaliseText(name)),
      name,
      normaliseText(name),
      fromMs(1_704_067_200_000),
    ]),
  );
  await insertRows(
    db,
    'products',
    'id uuid, external_ref text, sku text, name text, name_ar text, description text, brand text, unit text, base_price_usd numeric, cost_usd numeric, reorder_level numeric, active boolean, category_id uuid, search_text text, created_at timestamptz, updated_at timestamptz',
    productRows(items),
  );
  say(`${items.length} products in ${categories.length} categories`);

  const warehouses: string[] = [];
  for (const [index, location] of LOCATIONS.entries()) {
    const [warehouse] = location.primary
      ? await db.read<{ id: string }>('update warehouses set external_ref = $1 where is_primary returning id', [
          location.id,
        ])
      : await db.read<{ id: string }>(
          `insert into warehouses (id, code, name, name_ar, external_ref, branch_id, created_at)
           select $1::uuid, $2, $3, $3, $4, b.id, now() from branches b order by b.code limit 1 returning id`,
          [idOf('warehouse', index), `W${index + 1}`, location.name, location.id],
        );
    warehouses.push(warehouse?.id as string);
  }
  const { levels, movements } = stockRows(items, warehouses);
  await insertRows(
    db,
    'stock_levels',
    'product_id uuid, warehouse_id uuid, on_hand numeric, reserved numeric, source_on_hand numeric, source_reserved numeric, updated_at timestamptz',
    levels,
  );
  await insertRows(
    db,
    'stock_movements',
    'id uuid, product_id uuid, warehouse_id uuid, type text, quantity numeric, reserved numeric, on_hand_after numeric, reserved_after numeric, unit_cost_usd numeric, reason text, actor text, origin text, created_at timestamptz',
    movements,
  );
  say(`${movements.length} stock movements in ${warehouses.length} warehouses`);

  const prices = priceRows(items, listIds);
  await insertRows(
    db,
    'prices',
    'id uuid, price_list_id uuid, product_id uuid, min_quantity numeric, amount numeric, discount_percent numeric, updated_at timestamptz',
    prices,
  );
  say(`${prices.length} prices in ${LISTS.length} lists`);

  await insertRows(
    db,
    'users',
    'id uuid, email text, name text, role text, created_at timestamptz',
    Array.from({ length: SALESPERSONS }, (_, index) => [
      idOf('salesperson', index),
      `salesperson${index + 1}@example.test`,
      `${FIRST[index % FIRST.length] ?? ''} ${LAST[index % LAST.length] ?? ''}`,
      'SALESPERSON',
      fromMs(1_704_067_200_000),
    ]),
  );
  await insertRows(
    db,
    'exchange_rates',
    'id uuid, currency text, rate numeric, effective_on date, created_at timestamptz',
    [[idOf('rate', 'USD'), 'USD', IQD_PER_USD, '2024-01-01', fromMs(1_704_067_200_000)]],
  );
  const customers = customerRows(CUSTOMERS * scale, listIds);
  await insertRows(
    db,
    'customers',
    'id uuid, code text, name text, name_ar text, phone text, email text, city text, currency text, credit_limit numeric, payment_terms_days int, price_list_id uuid, salesperson_id uuid, active boolean, search_text text, created_at timestamptz, updated_at timestamptz',
    customers,
  );
  say(`${customers.length} customers, ${SALESPERSONS} salespersons`);
  await db.read('analyze');
  return { products: items.length, prices: prices.length, movements: movements.length, customers: customers.length };
}
