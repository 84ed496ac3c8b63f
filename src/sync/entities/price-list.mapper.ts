import { AppError } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { Decimal, decimalText, parseNumber, QUANTITY_DECIMALS } from '../../kernel/money.js';
import { BASE_ROUNDINGS, type BaseRounding } from '../../catalog/percentage-price.service.js';
import type { PriceBookSnapshot, ReportedPrice, ReportedTier } from '../../catalog/reported-price-list.service.js';
import type { Mapped, ParentRef, Parsed } from './entity-sync.js';
import { currencyOf, idOf, nonEmpty, rowsOf, textOf, ValueReader, type ZohoRecord } from './zoho-values.js';

/** A Zoho price book as it came; every field may be missing or odd. */
export type ZohoPriceBook = Record<string, unknown> & { pricebook_id: string };

const MAX_NAME = 100;
const FIRST_QUANTITY = '1';
const PRICE = { decimals: 6 } as const;

function parse(record: Record<string, unknown>): Parsed<ZohoPriceBook> {
  const remoteId = idOf(record['pricebook_id'] ?? record['pricelist_id']);
  if (remoteId === null) {
    throw new AppError('BAD_PAYLOAD', msg`The body has no ${'pricebook_id'}.`, { field: 'pricebook_id' });
  }
  // Zoho keeps no time of a price book's last change, so none is newer than another: the present one is asked for.
  return { remote: { ...record, pricebook_id: remoteId }, remoteId, modifiedAt: null, whole: false };
}

/** Percent as Zoho writes it: 10, "10", "10%", "". */
function discountOf(row: ZohoRecord, reader: ValueReader): string {
  const written = row['pricebook_discount'];
  const parsed = parseNumber(typeof written === 'string' ? written.replace('%', '') : written);
  if (parsed.kind === 'absent') return '0';
  if (parsed.kind === 'number' && !parsed.value.isNegative() && parsed.value.lessThanOrEqualTo(100)) {
    return decimalText(parsed.value, 3);
  }
  reader.odd('pricebook_discount', written);
  return '0';
}

const rateKeyOf = (row: ZohoRecord): string => (row['pricebook_rate'] === undefined ? 'rate' : 'pricebook_rate');

/** Null: the row says nothing that can be used. */
function tierOf(row: ZohoRecord, minQuantity: string, reader: ValueReader): ReportedTier | null {
  const own = new ValueReader(row);
  const amount = own.number(rateKeyOf(row), { ...PRICE, expected: true });
  reader.warnings.push(...own.warnings);
  return amount === undefined ? null : { minQuantity, amount, discountPercent: discountOf(row, reader) };
}

function quantityOf(bracket: ZohoRecord, reader: ValueReader): string | null {
  const written = bracket['start_quantity'] ?? bracket['minimum_quantity'];
  const parsed = parseNumber(written);
  if (parsed.kind === 'absent') return FIRST_QUANTITY;
  if (parsed.kind === 'number' && !parsed.value.isNegative()) {
    return parsed.value.isZero() ? FIRST_QUANTITY : decimalText(parsed.value, QUANTITY_DECIMALS);
  }
  reader.odd('start_quantity', written);
  return null;
}

/** The tiers of an item, by quantity; null when one of them cannot be used, and the old ones stay. */
function tiersOf(item: ZohoRecord, reader: ValueReader): ReportedTier[] | null {
  const brackets = rowsOf(item['price_brackets']);
  if (brackets.length === 0) {
    const tier = tierOf(item, FIRST_QUANTITY, reader);
    return tier && [tier];
  }
  const tiers = new Map<string, ReportedTier>();
  for (const bracket of brackets) {
    const quantity = quantityOf(bracket, reader);
    const tier = quantity === null ? null : tierOf(bracket, quantity, reader);
    if (tier === null) return null;
    tiers.set(tier.minQuantity, tier);
  }
  // Below the first bracket the item's own price holds; where there is none Zoho writes 0.
  const base = parseNumber(item[rateKeyOf(item)]);
  const lowest = [...tiers.keys()].every((quantity) => new Decimal(quantity).greaterThan(1));
  if (lowest && base.kind === 'number' && base.value.greaterThan(0)) {
    const tier = tierOf(item, FIRST_QUANTITY, reader);
    if (tier) tiers.set(FIRST_QUANTITY, tier);
  }
  return [...tiers.values()];
}

function pricesOf(book: ZohoPriceBook, reader: ValueReader): ReportedPrice[] | undefined {
  const items = book['pricebook_items'] ?? book['items'];
  if (!Array.isArray(items)) return undefined;
  const prices = rowsOf(items).flatMap((item): ReportedPrice[] => {
    const itemRef = idOf(item['item_id']);
    return itemRef === null ? [] : [{ itemRef, tiers: tiersOf(item, reader) }];
  });
  return [...new Map(prices.map((price) => [price.itemRef, price])).values()];
}

function percentOf(book: ZohoPriceBook, reader: ValueReader): PriceBookSnapshot['percentage'] {
  const percent = reader.number('percentage', { decimals: 3, expected: true });
  if (percent === undefined) return undefined;
  const isRise = book['is_increase'] === true || book['is_increase'] === 'true';
  if (!isRise && new Decimal(percent).greaterThanOrEqualTo(100)) {
    reader.odd('percentage');
    return undefined;
  }
  const rounding: BaseRounding = BASE_ROUNDINGS.find((one) => one === book['rounding_type']) ?? 'no_rounding';
  return { percent: decimalText(isRise ? percent : new Decimal(percent).negated(), 3), rounding };
}

function toSnapshot(book: ZohoPriceBook): Mapped<PriceBookSnapshot> {
  const reader = new ValueReader(book);
  const code = nonEmpty(book['currency_code']);
  const currency = code === undefined ? null : currencyOf(code);
  const isForSales = book['sales_or_purchase_type'] !== 'purchase' && book['sales_or_purchase_type'] !== 'purchases';
  if (currency === null && isForSales) reader.odd('currency_code');
  const name = textOf(book['name'] ?? book['pricebook_name'], MAX_NAME) ?? undefined;
  if (name === undefined) reader.missing('name');
  const isPercentage = book['pricebook_type'] === 'fixed_percentage';
  const prices = isPercentage ? [] : pricesOf(book, reader);
  const snapshot: PriceBookSnapshot = {
    externalRef: book.pricebook_id,
    name: name ?? book.pricebook_id,
    currency,
    isForSales,
    active: reader.active() ?? true,
    percentage: isPercentage ? percentOf(book, reader) : null,
    prices,
  };
  const isKept = currency !== null && isForSales;
  const parents = isKept
    ? (prices ?? []).map(({ itemRef }): ParentRef => ({ entity: 'products', remoteId: itemRef, optional: true }))
    : [];
  return { snapshot, warnings: reader.warnings, parents };
}

export const priceListMapper = { parse, toSnapshot };
