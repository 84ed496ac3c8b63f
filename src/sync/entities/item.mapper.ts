import { parseInstant } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import { Decimal, decimalText, parseNumber, QUANTITY_DECIMALS } from '../../kernel/money.js';
import type { ProductSnapshot, ReportedStock } from '../../catalog/product.service.js';
import type { JobWarning } from '../../platform/queue/job.js';
import type { Mapped, Parsed } from './entity-sync.js';

/** A Zoho item as received; every field may be missing or invalid. */
export type ZohoItem = Record<string, unknown> & { item_id: string };

/**
 * A body with all of these can be used as it is. Keys that some of Zoho's answers leave out for good (brand, category,
 * upc) are not among them: without them the old value simply stays.
 */
const MAPPED_KEYS = ['name', 'sku', 'status', 'rate', 'purchase_rate', 'unit', 'stock_on_hand', 'last_modified_time'];

const ARABIC_NAME_FIELDS = new Set(['cf_name_ar', 'cf_arabic_name', 'cf_name_arabic']);
const ARABIC_LABEL = /arabic|عربي|name_ar/i;
const MAX_NAME = 200;

function parse(record: Record<string, unknown>): Parsed<ZohoItem> {
  const id = record['item_id'];
  const remoteId = typeof id === 'number' ? String(id) : id;
  if (typeof remoteId !== 'string' || remoteId === '') {
    throw new AppError('BAD_PAYLOAD', 'The item has no item_id.', { field: 'item_id' });
  }
  return {
    remote: { ...record, item_id: remoteId },
    remoteId,
    modifiedAt: parseInstant(record['last_modified_time']),
    whole: MAPPED_KEYS.every((key) => record[key] !== undefined),
  };
}

/** Text, null when the source says it is empty, undefined when it says nothing. */
function text(value: unknown): string | null | undefined {
  if (value === undefined) return undefined;
  if (value === null) return null;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.replaceAll('\u0000', '').trim();
  return trimmed === '' ? null : trimmed;
}

const nonEmpty = (value: unknown): string | undefined => text(value) ?? undefined;

function arabicName(item: ZohoItem): string | undefined {
  const direct = nonEmpty(item['name_ar']);
  if (direct) return direct;
  const fields: unknown = item['custom_fields'];
  if (!Array.isArray(fields)) return undefined;
  for (const field of fields as Record<string, unknown>[]) {
    const { api_name: apiName, label, value } = field ?? {};
    const known = typeof apiName === 'string' && ARABIC_NAME_FIELDS.has(apiName);
    if (known || (typeof label === 'string' && ARABIC_LABEL.test(label))) return nonEmpty(value);
  }
  return undefined;
}

function statusOf(value: unknown, warn: (field: string, got: unknown) => void): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === 'active') return true;
  if (value === 'inactive') return false;
  warn('status', value);
  return undefined;
}

function imageOf(item: ZohoItem): ProductSnapshot['image'] {
  const document = nonEmpty(item['image_document_id']);
  const fileName = nonEmpty(item['image_name']) ?? null;
  const sourceRef = document ?? fileName;
  return sourceRef ? { sourceRef, fileName } : undefined;
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

function toSnapshot(item: ZohoItem): Mapped<ProductSnapshot> {
  const warnings: JobWarning[] = [];
  const warn = (field: string, got: unknown): void => {
    const shown = (typeof got === 'string' ? got : (JSON.stringify(got) ?? typeof got)).slice(0, 60);
    warnings.push({ code: 'ODD_VALUE', field, message: `${field} is "${shown}"; the old value stays.` });
  };

  /** Decimal text; undefined (not reported) when missing or invalid, with a warning when a value was expected. */
  const number = (
    field: string,
    decimals: number,
    options: { signed: boolean; expected: boolean },
  ): string | undefined => {
    const parsed = parseNumber(item[field]);
    if (parsed.kind === 'number') {
      if (!options.signed && parsed.value.isNegative()) {
        warn(field, item[field]);
        return undefined;
      }
      return decimalText(parsed.value, decimals);
    }
    if (parsed.kind === 'odd') warn(field, item[field]);
    else if (options.expected) {
      warnings.push({ code: 'MISSING_VALUE', field, message: `${field} is empty; the old value stays.` });
    }
    return undefined;
  };

  const stock = (keys: readonly string[], expected: boolean): string | null => {
    const key = keys.find((one) => item[one] !== undefined);
    if (key === undefined) return null;
    return number(key, QUANTITY_DECIMALS, { signed: true, expected }) ?? null;
  };

  const warehousesOf = (): ReportedStock['warehouses'] => {
    for (const [list, prefix] of WAREHOUSE_LISTS) {
      const rows: unknown = item[list];
      if (!Array.isArray(rows)) continue;
      return (rows as Record<string, unknown>[]).flatMap((row) => {
        const externalRef = nonEmpty(row[`${prefix}_id`]);
        if (externalRef === undefined) return [];
        const field = `${prefix}_stock_on_hand`;
        const parsed = parseNumber(row[field]);
        if (parsed.kind === 'odd') warn(field, row[field]);
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
    return [];
  };

  const tracked = item['is_combo_product'] !== true && item['track_inventory'] !== false;
  const onHand = stock(STOCK_KEYS.onHand, tracked);
  const committed = stock(STOCK_KEYS.committed, false);
  const warehouses = warehousesOf();
  if (onHand?.startsWith('-')) {
    warnings.push({ code: 'NEGATIVE_STOCK', field: 'stock_on_hand', message: `Stock is ${onHand} at the source.` });
  }

  // The warehouses win over the total, into which Books sums other quantities than Inventory shows (zoho.md 10).
  if (onHand !== null && warehouses.length > 0 && warehouses.every((warehouse) => warehouse.onHand !== null)) {
    const sum = warehouses.reduce((total, warehouse) => total.plus(warehouse.onHand as string), new Decimal(0));
    if (!sum.equals(onHand)) {
      const message = `stock_on_hand is ${onHand}, its warehouses hold ${decimalText(sum)}; the warehouses are used.`;
      warnings.push({ code: 'STOCK_MISMATCH', field: 'stock_on_hand', message });
    }
  }

  const name = nonEmpty(item['name']) ?? nonEmpty(item['item_name']);
  if (name === undefined) {
    warnings.push({ code: 'MISSING_VALUE', field: 'name', message: 'name is empty; the old value stays.' });
  }
  const snapshot: ProductSnapshot = {
    externalRef: item.item_id,
    name: name?.slice(0, MAX_NAME),
    nameAr: arabicName(item)?.slice(0, MAX_NAME),
    sku: text(item['sku']),
    description: text(item['description']),
    brand: text(item['brand']),
    unit: text(item['unit']),
    barcode: nonEmpty(item['upc']) ?? nonEmpty(item['ean']),
    basePriceUsd: number('rate', 6, { signed: false, expected: true }),
    costUsd: number('purchase_rate', 6, { signed: false, expected: false }),
    reorderLevel: number('reorder_level', QUANTITY_DECIMALS, { signed: false, expected: false }),
    active: statusOf(item['status'], warn),
    trackable: tracked,
    categoryName: text(item['category_name']),
    image: imageOf(item),
    stock:
      onHand === null && committed === null && warehouses.length === 0 ? undefined : { onHand, committed, warehouses },
  };
  return { snapshot, warnings };
}

export const itemMapper = { parse, toSnapshot };
