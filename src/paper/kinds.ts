import { registerEnumType } from 'type-graphql';

export const PAPER_KINDS = [
  'INVOICE',
  'SALE_RECEIPT',
  'CREDIT_NOTE',
  'PAYMENT_RECEIPT',
  'ORDER',
  'DELIVERY_NOTE',
  'CUSTOMER_STATEMENT',
  'PAYMENT_VOUCHER',
] as const;
export type PaperKind = (typeof PAPER_KINDS)[number];

export const PaperKindEnum = Object.fromEntries(PAPER_KINDS.map((kind) => [kind, kind])) as { [K in PaperKind]: K };
registerEnumType(PaperKindEnum, {
  name: 'PaperKind',
  description:
    'SALE_RECEIPT: an invoice on a roll of 80 mm. ORDER: a quotation while it is a draft. DELIVERY_NOTE: a shipment. The id is that of the invoice, credit note, payment, order, shipment, customer (statement) or payment made (voucher).',
});

/** `INVOICE` in an address: invoice. */
export const slugOf = (kind: PaperKind): string => kind.toLowerCase().replaceAll('_', '-');

export const kindOfSlug = (slug: string): PaperKind | null => PAPER_KINDS.find((kind) => slugOf(kind) === slug) ?? null;
