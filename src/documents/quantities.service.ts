import { assertQuantity } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { msg } from '../kernel/message.js';

export interface LineQuantity {
  lineId: string;
  quantity: string;
}

const quantityField = (index: number): string => `lines.${index}.quantity`;

function assertNoneTwice(given: readonly LineQuantity[]): void {
  if (new Set(given.map(({ lineId }) => lineId)).size < given.length)
    throw badInput('lines', msg`The same line appears twice.`);
}

/** What can be said of given quantities while their document is not known. Throws BAD_INPUT. */
export function assertQuantities(given: readonly LineQuantity[] | null | undefined): void {
  if (!given) return;
  assertAll(
    () => assertNoneTwice(given),
    ...given.map(
      ({ quantity }, index) =>
        () =>
          assertQuantity(quantity, quantityField(index)),
    ),
  );
}

/**
 * Which quantity of each line is meant: the given quantities, or all that is left. `idField` is what the input calls the
 * line. Throws NOT_FOUND, BAD_INPUT.
 */
export function resolveQuantities<Line extends { id: string; description: string }>(
  lines: readonly Line[],
  given: readonly LineQuantity[] | null | undefined,
  left: (line: Line) => Decimal,
  idField = 'lineId',
): Map<Line, Decimal> {
  if (!given) {
    return new Map(lines.map((line) => [line, left(line)] as const).filter(([, quantity]) => !quantity.isZero()));
  }
  const resolved = new Map<Line, Decimal>();
  assertAll(
    () => assertNoneTwice(given),
    () =>
      mapAll(given, ({ lineId, quantity }, index) => {
        const line = lines.find((one) => one.id === lineId);
        assertAll(
          () => {
            if (!line) throw notFound('Line', lineId, `lines.${index}.${idField}`);
          },
          () => {
            assertQuantity(quantity, quantityField(index));
            if (!line) return;
            if (left(line).lessThan(quantity)) {
              const remaining = decimalText(left(line));
              throw badInput(quantityField(index), msg`Only ${remaining} of ${line.description} remain.`);
            }
            resolved.set(line, new Decimal(quantity));
          },
        );
      }),
  );
  return resolved;
}
