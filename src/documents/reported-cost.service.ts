import type { ReportedGoods } from '../catalog/product.queries.js';
import { Decimal } from '../kernel/money.js';
import type { ReportedLine, WantedPosting } from './reported-document.service.js';

/** Whose goods, and which way: 1 sold, -1 taken back. */
export interface CostedDocument {
  day: string;
  branchId: string;
  customer: string;
  documentType: 'invoice' | 'creditNote';
  sign: 1 | -1;
}

/**
 * What the goods of a reported document cost, by what the source says of a piece, in USD; nothing for services and for
 * products that are not known. Told apart by its pieces: another cost of a piece later is none of this sale.
 */
export function reportedCost(
  lines: readonly Pick<ReportedLine, 'productRef' | 'quantity'>[],
  goods: ReadonlyMap<string, ReportedGoods>,
  { day, branchId, customer, documentType, sign }: CostedDocument,
): WantedPosting[] {
  const products = lines.flatMap(({ productRef, quantity }) => {
    const product = productRef === null ? undefined : goods.get(productRef);
    if (!product?.trackable || product.costUsd === null) return [];
    const amount = new Decimal(product.costUsd).times(quantity).times(sign).toDecimalPlaces(2);
    return amount.isZero() ? [] : [{ productId: product.id, amount }];
  });
  if (products.length === 0) return [];
  const pieces = lines.map(({ productRef, quantity }) => [productRef, quantity]);
  const amount = products.reduce((sum, one) => sum.plus(one.amount), new Decimal(0));
  const key = { customer, branchId, pieces };
  const head = { event: 'REPORTED_COST', day, currency: 'USD' } as const;
  return [{ ...head, amount, key, document: { branchId, documentType, products } }];
}
