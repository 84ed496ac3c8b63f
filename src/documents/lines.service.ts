import { listVisibleProducts, type SoldProduct } from '../catalog/product.queries.js';
import { assertCountable } from '../catalog/unit.service.js';
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

/** What the input calls its lines, and the price of one. */
export interface LineNames {
  list: string;
  price: string;
}

export const lineField = (index: number, name: string, list = 'lines'): string => `${list}.${index}.${name}`;

export function assertLineCount(lines: readonly unknown[], list = 'lines'): void {
  if (lines.length === 0 || lines.length > MAX_LINES) throw badInput(list, msg`Give 1 to ${MAX_LINES} lines.`);
}

/** The products of lines by id, as far as the viewer sees them. */
export async function productsOfLines(
  tx: Tx,
  documentContext: DocumentContext,
  lines: readonly { productId?: string | null | undefined }[],
): Promise<ReadonlyMap<string, SoldProduct>> {
  const ids = [...new Set(lines.flatMap((line) => line.productId ?? []))].filter(isId);
  const found = await listVisibleProducts(tx.sql, documentContext, ids);
  return new Map(found.map((product) => [product.id, product]));
}

/**
 * Reads the lines of a document whose prices are given with it. While the currency is not known (null), the decimals of
 * prices are not checked. Throws NOT_FOUND (product), BAD_INPUT.
 */
export async function parseLines(
  tx: Tx,
  documentContext: DocumentContext,
  lines: readonly GivenLine[],
  { currency, names }: { currency: Currency | null; names: LineNames },
): Promise<ParsedLine[]> {
  assertLineCount(lines, names.list);
  const products = await productsOfLines(tx, documentContext, lines);
  return mapAll(lines, (line, index) => {
    const product = line.productId == null ? null : products.get(line.productId);
    const description = line.description ?? product?.name ?? '';
    const { quantity, unitPrice } = line;
    const [discountPercent, taxPercent] = [line.discountPercent ?? '0', line.taxPercent ?? '0'];
    const at = (name: string): string => lineField(index, name, names.list);
    assertAll(
      () => {
        if (product === undefined) throw notFound('Product', line.productId as string, at('productId'));
        if (description.trim() === '') throw badInput(at('description'), msg`A line needs a product or a description.`);
      },
      () => assertText(description, at('description')),
      () => {
        assertQuantity(quantity, at('quantity'));
        if (product) assertCountable(quantity, product, at('quantity'));
      },
      () => assertAmount(unitPrice, currency, at(names.price)),
      () => assertPercent(discountPercent, at('discountPercent')),
      () => assertPercent(taxPercent, at('taxPercent')),
    );
    const stocked = product?.trackable === true;
    return { productId: product?.id ?? null, stocked, description, quantity, unitPrice, discountPercent, taxPercent };
  });
}

/** The totals of a document, within what money may come to. Throws BAD_INPUT. */
export function totalsOf(
  input: Pick<DocumentInput, 'currency' | 'lines'> & Partial<DocumentInput>,
  list = 'lines',
): {
  lines: LineAmounts[];
  document: DocumentAmounts;
} {
  const totals = computeTotals({ discountPercent: '0', shipping: '0', adjustment: '0', ...input });
  const { subtotal, total } = totals.document;
  mapAll(totals.lines, ({ lineTotal }, index) => {
    if (new Decimal(lineTotal).greaterThan(MAX_MONEY)) {
      throw badInput(list, msg`Line ${index + 1} comes to more than ${MAX_MONEY}.`);
    }
  });
  if (Decimal.max(subtotal, total).greaterThan(MAX_MONEY)) {
    throw badInput(list, msg`The document comes to more than ${MAX_MONEY}.`);
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
