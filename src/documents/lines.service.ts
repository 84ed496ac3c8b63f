import { listVisibleProducts, type SoldProduct } from '../catalog/product.queries.js';
import { addDays, isBusinessDate } from '../kernel/clock.js';
import {
  assertAmount,
  assertCurrency,
  assertPercent,
  assertQuantity,
  assertText,
  MAX_MONEY,
} from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { type Currency, Decimal } from '../kernel/money.js';
import { computeTotals, type DocumentAmounts, type DocumentInput, type LineAmounts } from '../kernel/totals.js';
import type { Tx } from '../platform/db/transact.js';
import type { DocumentContext } from './document-context.service.js';
import { msg } from '../kernel/message.js';

const MAX_LINES = 200;

/** A line as somebody typed it: a product, or a service that is described. */
export interface GivenLine {
  productId?: string | null | undefined;
  description?: string | null | undefined;
  quantity: string;
  unitPrice: string;
  discountPercent?: string | null | undefined;
  taxPercent?: string | null | undefined;
}

export interface ParsedLine {
  productId: string | null;
  /** Whether its product holds stock of its own. */
  stocked: boolean;
  description: string;
  quantity: string;
  unitPrice: string;
  discountPercent: string;
  taxPercent: string;
}

export const lineField = (index: number, name: string): string => `lines.${index}.${name}`;

export function assertLineCount(lines: readonly unknown[]): void {
  if (lines.length === 0 || lines.length > MAX_LINES) throw badInput('lines', msg`Give 1 to ${MAX_LINES} lines.`);
}

/** Looks up the products of lines among those that the viewer sees: null for a line of none. Throws NOT_FOUND. */
export async function productsOfLines(
  tx: Tx,
  documentContext: DocumentContext,
  lines: readonly { productId?: string | null | undefined }[],
): Promise<(SoldProduct | null)[]> {
  const ids = [...new Set(lines.flatMap((line) => line.productId ?? []))];
  const found = ids.every(isId) ? await listVisibleProducts(tx.sql, documentContext, ids) : [];
  const products = new Map(found.map((product) => [product.id, product]));
  return mapAll(lines, ({ productId }, index) => {
    if (productId == null) return null;
    const product = products.get(productId);
    if (!product) throw notFound('Product', productId, lineField(index, 'productId'));
    return product;
  });
}

/**
 * Reads the lines of a document whose prices are given with it. `priceField` is what the input calls the price. Throws
 * NOT_FOUND (product), BAD_INPUT.
 */
export async function parseLines(
  tx: Tx,
  documentContext: DocumentContext,
  lines: readonly GivenLine[],
  { currency, priceField }: { currency: Currency; priceField: string },
): Promise<ParsedLine[]> {
  assertLineCount(lines);
  const products = await productsOfLines(tx, documentContext, lines);
  return mapAll(lines, (line, index) => {
    const product = products[index] ?? null;
    const description = line.description ?? product?.name ?? '';
    const { quantity, unitPrice } = line;
    const [discountPercent, taxPercent] = [line.discountPercent ?? '0', line.taxPercent ?? '0'];
    const at = (name: string): string => lineField(index, name);
    assertAll(
      () => {
        if (description.trim() === '') throw badInput(at('description'), msg`A line needs a product or a description.`);
      },
      () => assertText(description, at('description')),
      () => assertQuantity(quantity, at('quantity')),
      () => assertAmount(unitPrice, currency, at(priceField)),
      () => assertPercent(discountPercent, at('discountPercent')),
      () => assertPercent(taxPercent, at('taxPercent')),
    );
    const stocked = product?.trackable === true;
    return { productId: product?.id ?? null, stocked, description, quantity, unitPrice, discountPercent, taxPercent };
  });
}

/** The totals of a document, within what money may come to. Throws BAD_INPUT. */
export function totalsOf(input: Pick<DocumentInput, 'currency' | 'lines'> & Partial<DocumentInput>): {
  lines: LineAmounts[];
  document: DocumentAmounts;
} {
  const totals = computeTotals({ discountPercent: '0', shipping: '0', adjustment: '0', ...input });
  const index = totals.lines.findIndex(({ lineTotal }) => new Decimal(lineTotal).greaterThan(MAX_MONEY));
  if (index >= 0) throw badInput('lines', msg`Line ${index + 1} comes to more than ${MAX_MONEY}.`);
  const { subtotal, total } = totals.document;
  if (Decimal.max(subtotal, total).greaterThan(MAX_MONEY)) {
    throw badInput('lines', msg`The document comes to more than ${MAX_MONEY}.`);
  }
  return totals;
}

/** The currency of a document as somebody typed it. Throws BAD_INPUT. */
export function currencyOf(given: string | null | undefined): Currency {
  assertCurrency(given);
  return given;
}

/** The day when a document is due: given, or by the terms of the party. Throws BAD_INPUT. */
export function dueDay(given: string | null | undefined, issuedOn: string, termsDays: number): string {
  const dueOn = given ?? addDays(issuedOn, termsDays);
  if (!isBusinessDate(dueOn) || dueOn < issuedOn) {
    throw badInput('dueOn', msg`The due date cannot be before the date of the document.`);
  }
  return dueOn;
}
