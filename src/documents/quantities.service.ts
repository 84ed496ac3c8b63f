import { assertQuantity } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { Decimal, decimalText } from '../kernel/money.js';
import type { OrderLine } from '../orders/order.entity.js';

export interface LineQuantity {
  lineId: string;
  quantity: string;
}

/** What is asked of each line: the given quantities, or all that is left. Throws NOT_FOUND, BAD_INPUT. */
export function resolveQuantities(
  lines: readonly OrderLine[],
  given: readonly LineQuantity[] | null | undefined,
  left: (line: OrderLine) => Decimal,
): Map<OrderLine, Decimal> {
  if (!given) {
    return new Map(lines.map((line) => [line, left(line)] as const).filter(([, quantity]) => !quantity.isZero()));
  }
  if (new Set(given.map(({ lineId }) => lineId)).size < given.length) throw badInput('lines', 'A line is given twice.');
  return new Map(
    given.map(({ lineId, quantity }, index) => {
      const line = lines.find((one) => one.id === lineId);
      if (!line) throw notFound('Line', lineId, `lines.${index}.lineId`);
      assertQuantity(quantity, `lines.${index}.quantity`);
      if (left(line).lessThan(quantity)) {
        throw badInput(`lines.${index}.quantity`, `Only ${decimalText(left(line))} are left of this line.`);
      }
      return [line, new Decimal(quantity)];
    }),
  );
}
