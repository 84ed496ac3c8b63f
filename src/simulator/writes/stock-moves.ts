import { LOCATIONS } from '../company.js';
import type { Adjustment, DocumentKind, TradeDocument } from '../documents/document.js';
import type { Books } from '../documents/books.js';

/** Which way an open document moves the stock that the accounts know. */
const DIRECTIONS: Readonly<Record<DocumentKind, -1 | 0 | 1>> = {
  salesorders: 0,
  invoices: -1,
  creditnotes: 1,
  bills: 1,
};

/** A document or line that names no place moves the goods of the primary one. */
export const placeOf = (locationId: string): number =>
  Math.max(
    0,
    LOCATIONS.findIndex(({ id }) => id === locationId),
  );

function moveAll(books: Books, kind: DocumentKind, document: TradeDocument, sign: 1 | -1): void {
  const direction = DIRECTIONS[kind] * sign;
  if (direction === 0 || document.state !== 'open' || document.deleted) return;
  for (const { itemId, quantity, locationId } of document.lines) {
    books.moveStock(itemId, placeOf(locationId || document.locationId), direction * quantity);
  }
}

/** Takes back what the document has moved, changes it, and moves what it then says. */
export function changeWithStock(books: Books, kind: DocumentKind, document: TradeDocument, change: () => void): void {
  moveAll(books, kind, document, -1);
  try {
    change();
  } finally {
    moveAll(books, kind, document, 1);
  }
}

export function moveAdjustment(books: Books, { status, deleted, lines }: Adjustment, sign: 1 | -1): void {
  if (status !== 'adjusted' || deleted) return;
  for (const { itemId, quantity, locationId } of lines) books.moveStock(itemId, placeOf(locationId), sign * quantity);
}
