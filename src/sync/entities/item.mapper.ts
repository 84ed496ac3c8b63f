import { parseInstant } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import { Decimal, decimalText, parseNumber, QUANTITY_DECIMALS } from '../../kernel/money.js';
import type { ProductSnapshot, ReportedStock } from '../../catalog/reported-product.service.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { arabicNameOf, idOf, nonEmpty, rowsOf, textOf, ValueReader } from './zoho-values.js';
import { msg } from '../../kernel/message.js';

/** A Zoho item as received; every field may be missing or invalid. */
export type ZohoItem = Record<string, unknown> & { item_id: string };

/**
 * A body with all of these can be used as it is. Keys that some of Zoho's answers leave out for good (brand, category,
 * upc) are not among them: without them the old value simply stays.
 */
const MAPPED_KEYS = ['name', 'sku', 'status', 'rate', 'purchase_rate', 'unit', 'stock_on_hand', 'last_modified_time'];

const MAX_NAME = 200;

function parse(record: Record<string, unknown>): Parsed<ZohoItem> {
  const remoteId = idOf(record['item_id']);
  if (remoteId === null) throw new AppError('BAD_PAYLOAD', msg`The item has no item_id.`, { field: 'item_id' });
  return {
    remote: { ...record, item_id: remoteId },
    remoteId,
    modifiedAt: parseInstant(record['last_modified_time']),
    whole: MAPPED_KEYS.every((key) => record[key] !== undefined),
  };
}

function imageOf(item: ZohoItem): ProductSnapshot['image'] {
  const document = nonEmpty(item['image_document_id']);
  const fileName = nonEmpty(item['image_name']) ?? null;
  const sourceRef = document ?? fileName;
  if (sourceRef) return { sourceRef, fileName };
  // A body that names neither says nothing; one in which both are empty says that there is none.
  return item['image_document_id'] === undefined || item['image_name'] === undefined ? undefined : null;
}

/** The sources of a number, best first: no prefix is accounting stock, `actual_` is physical. */
const STOCK_KEYS = {
  onHand: ['stock_on_hand', 'actual_available_stock'],
  committed: ['actual_committed_stock', 'committed_stock'],
} as const;

/** Organisations that were not moved to Locations answer `warehouses` with names of their own. */
const WAREHOUSE_LISTS = [
  ['locations', 'location'],
  ['warehouses', 'warehouse'],
] as const;

const QUANTITY = { decimals: QUANTITY_DECIMALS } as const;
const PRICE = { decimals: 6 } as const;

function warehousesOf(item: ZohoItem, reader: ValueReader): ReportedStock['warehouses'] {
  const [list, prefix] = WAREHOUSE_LISTS.find(([key]) => Array.isArray(item[key])) ?? WAREHOUSE_LISTS[0];
  return rowsOf(item[list]).flatMap((row) => {
    const externalRef = nonEmpty(row[`${prefix}_id`]);
    if (externalRef === undefined) return [];
    const field = `${prefix}_stock_on_hand`;
    const parsed = parseNumber(row[field]);
    if (parsed.kind === 'odd') reader.odd(field, row[field]);
    return [
      {
        externalRef,
        name: nonEmpty(row[`${prefix}_name`]) ?? externalRef,
        primary: row['is_primary'] === true,
        onHand: parsed.kind === 'number' ? decimalText(parsed.value, QUANTITY_DECIMALS) : null,
      },
    ];
  });
}

function stockOf(item: ZohoItem, tracked: boolean, reader: ValueReader): ReportedStock | undefined {
  const total = (keys: readonly string[], expected: boolean): string | null => {
    const key = keys.find((one) => item[one] !== undefined);
    return key === undefined ? null : (reader.number(key, { ...QUANTITY, signed: true, expected }) ?? null);
  };
  const onHand = total(STOCK_KEYS.onHand, tracked);
  const committed = total(STOCK_KEYS.committed, false);
  const warehouses = warehousesOf(item, reader);
  if (onHand?.startsWith('-')) {
    const message = `Stock is ${onHand} at the source.`;
    reader.warnings.push({ code: 'NEGATIVE_STOCK', field: 'stock_on_hand', message });
  }
  // The warehouses win over the total, into which Books sums other quantities than Inventory shows (zoho.md 10).
  if (onHand !== null && warehouses.length > 0 && warehouses.every((warehouse) => warehouse.onHand !== null)) {
    const sum = warehouses.reduce((all, warehouse) => all.plus(warehouse.onHand as string), new Decimal(0));
    if (!sum.equals(onHand)) {
      const message = `stock_on_hand is ${onHand}, its warehouses hold ${decimalText(sum)}; the warehouses are used.`;
      reader.warnings.push({ code: 'STOCK_MISMATCH', field: 'stock_on_hand', message });
    }
  }
  return onHand === null && committed === null && warehouses.length === 0
    ? undefined
    : { onHand, committed, warehouses };
}

function toSnapshot(item: ZohoItem): Mapped<ProductSnapshot> {
  const reader = new ValueReader(item);
  const tracked = item['is_combo_product'] !== true && item['track_inventory'] !== false;
  const stock = stockOf(item, tracked, reader);
  const name = nonEmpty(item['name']) ?? nonEmpty(item['item_name']);
  if (name === undefined) reader.missing('name');
  const snapshot: ProductSnapshot = {
    externalRef: item.item_id,
    name: name?.slice(0, MAX_NAME),
    nameAr: arabicNameOf(item)?.slice(0, MAX_NAME),
    sku: textOf(item['sku']),
    description: textOf(item['description']),
    brand: textOf(item['brand']),
    unit: textOf(item['unit']),
    barcode: nonEmpty(item['upc']) ?? nonEmpty(item['ean']),
    basePriceUsd: reader.number('rate', { ...PRICE, expected: true }),
    costUsd: reader.number('purchase_rate', PRICE),
    reorderLevel: reader.number('reorder_level', QUANTITY),
    active: reader.active(),
    trackable: tracked,
    categoryName: textOf(item['category_name']),
    image: imageOf(item),
    stock,
  };
  return { snapshot, warnings: reader.warnings };
}

export const itemMapper = { parse, toSnapshot };
