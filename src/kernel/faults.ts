import { AppError, type Fault } from './errors.js';

/**
 * A form learns all its faults at once: every check runs, and one error holds what all of them found, the first one's
 * code and details in front. A failure that is no fault of an input (FORBIDDEN, STALE_VERSION, of the database) is
 * thrown at once.
 */
const isFault = (error: unknown): error is AppError =>
  error instanceof AppError && error.field !== undefined && error.code !== 'STALE_VERSION';

class Found {
  private first: AppError | null = null;
  private readonly faults: Fault[] = [];

  add(error: unknown): void {
    if (!isFault(error)) throw error;
    this.first ??= error;
    this.faults.push(...error.faults);
  }

  assertNone(): void {
    const { first, faults } = this;
    if (!first) return;
    if (faults.length === first.faults.length) throw first;
    const { code, sentence, field, details } = first;
    throw new AppError(code, sentence, { ...(field === undefined ? {} : { field }), details, faults, cause: first });
  }
}

type Checks = readonly (() => unknown)[];
type Answers<T extends Checks> = { -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> };

/** Runs every check; throws one error with the faults of all of them. */
export function assertAll(...checks: Checks): void {
  const found = new Found();
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      found.add(error);
    }
  }
  found.assertNone();
}

/** One after the other, as checks may take locks. Answers what they answered; throws one error with all faults. */
export async function checkAll<const T extends Checks>(...checks: T): Promise<Answers<T>> {
  const found = new Found();
  const answers: unknown[] = [];
  for (const check of checks) {
    try {
      answers.push(await check());
    } catch (error) {
      found.add(error);
    }
  }
  found.assertNone();
  return answers as Answers<T>;
}

/** What `read` makes of every row; throws one error with the faults of all rows. */
export function mapAll<Row, Out>(rows: readonly Row[], read: (row: Row, index: number) => Out): Out[] {
  const out: Out[] = [];
  assertAll(...rows.map((row, index) => () => out.push(read(row, index))));
  return out;
}
