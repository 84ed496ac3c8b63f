import { assertQuantity } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { msg } from '../kernel/message.js';

export interface LineQuantity {
  lineId: string;
  quantity: string;
}

/**
 * Which quantity of each line is meant: the given quantities, or all that is left. `idField` is what the input calls the
 * line. Throws NOT_FOUND, BAD_INPUT.
 */
export function resolveQuantities<Line extends { id: string }>(
  lines: readonly Line[],
  given: readonly LineQuantity[] | null | undefined,
  left: (line: Line) => Decimal,
  idField = 'lineId',
): Map<Line, Decimal> {
  if (!given) {
    return new Map(lines.map((line) => [line, left(line)] as const).filter(([, quantity]) => !quantity.isZero()));
  }
  if (new Set(given.map(({ lineId }) => lineId)).size < given.length)
    throw badInput('lines', msg`The same line appears twice.`);
  return new Map(
    given.map(({ lineId, quantity }, index) => {
      const line = lines.find((one) => one.id === lineId);
      if (!line) throw notFound('Line', lineId, `lines.${index}.${idField}`);
      assertQuantity(quantity, `lines.${index}.quantity`);
      if (left(line).lessThan(quantity)) {
        throw badInput(`lines.${index}.quantity`, msg`Only ${decimalText(left(line))} remain on this line.`);
      }
      return [line, new Decimal(quantity)];
    }),
  );
}
