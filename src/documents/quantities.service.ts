import { listCounted } from '../catalog/unit.queries.js';
import { assertCountable } from '../catalog/unit.service.js';
import { assertQuantity } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { Decimal, decimalText } from '../kernel/money.js';
import { msg } from '../kernel/message.js';
import type { Tx } from '../platform/db/transact.js';

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

/** A line of which a part is done at a time. */
interface PartlyDone {
  id: string;
  description: string;
  productId?: string | null;
}

interface Parts<Line extends PartlyDone> {
  lines: readonly Line[];
  /** Left out: all that is left. */
  given: readonly LineQuantity[] | null | undefined;
  left: (line: Line) => Decimal;
  /** What the input calls the line. */
  idField?: string;
}

/**
 * Which quantity of each line is meant: the given quantities, or all that is left. All that is left may have more decimals
 * than the unit allows today. Throws NOT_FOUND, BAD_INPUT.
 */
export async function resolveQuantities<Line extends PartlyDone>(
  tx: Tx,
  { lines, given, left, idField = 'lineId' }: Parts<Line>,
): Promise<Map<Line, Decimal>> {
  if (!given) {
    return new Map(lines.map((line) => [line, left(line)] as const).filter(([, quantity]) => !quantity.isZero()));
  }
  const counted = await listCounted(
    tx.sql,
    lines.flatMap(({ productId }) => productId ?? []),
  );
  const resolved = new Map<Line, Decimal>();
  const resolve = (line: Line | undefined, quantity: string, field: string): void => {
    assertQuantity(quantity, field);
    if (!line) return;
    if (left(line).lessThan(quantity))
      throw badInput(field, msg`Only ${decimalText(left(line))} of ${line.description} remain.`);
    const product = line.productId ? counted.get(line.productId) : undefined;
    if (product && !left(line).equals(quantity)) assertCountable(quantity, product, field);
    resolved.set(line, new Decimal(quantity));
  };
  assertAll(
    () => assertNoneTwice(given),
    () =>
      mapAll(given, ({ lineId, quantity }, index) => {
        const line = lines.find((one) => one.id === lineId);
        assertAll(
          () => {
            if (!line) throw notFound('Line', lineId, `lines.${index}.${idField}`);
          },
          () => resolve(line, quantity, quantityField(index)),
        );
      }),
  );
  return resolved;
}
