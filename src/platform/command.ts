import type { ErrorCode } from '../kernel/errors.js';

/**
 * A command and the codes of the failures that a client must reckon with. The codes make the members of its result
 * union; a failure that is thrown and not listed is answered as a GraphQL error, logged, and fails the tests.
 */
export interface Command<Args extends readonly unknown[], Result, Code extends ErrorCode = ErrorCode> {
  (...args: Args): Promise<Result>;
  readonly fails: readonly Code[];
}

/** What every command may throw whoever calls it: it is no answer of the command, so no union names it. */
export type AmbientCode = 'FORBIDDEN' | 'UNAUTHENTICATED' | 'UNAVAILABLE' | 'TIMED_OUT' | 'LIMIT_EXCEEDED';

export const defineCommand = <
  const Code extends Exclude<ErrorCode, AmbientCode>,
  Args extends readonly unknown[],
  Result,
>(
  fails: readonly Code[],
  run: (...args: Args) => Result | Promise<Result>,
): Command<Args, Result, Code> => Object.assign(async (...args: Args): Promise<Result> => run(...args), { fails });

/** Commands that threw a failure which they do not list: `CreateOrderResult: OVERPAYMENT`. The tests want none. */
export const undeclaredFailures = new Set<string>();
