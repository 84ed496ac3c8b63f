/** One line of a report: how something stands, in a sentence, with what belongs to it. */
export interface Check {
  name: string;
  /** A warning wants somebody's attention this week, a failure now. */
  state: 'ok' | 'warning' | 'failure';
  detail: string;
  lines?: readonly string[];
}

const MARKS = { ok: '✅', warning: '⚠️', failure: '❌' } as const;

/** A check that cannot be made is a failure with its reason, and keeps none of the others from being made. */
export async function check(name: string, work: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await work()) };
  } catch (error) {
    return { name, state: 'failure', detail: error instanceof Error ? error.message : String(error) };
  }
}

export const linesOf = (checks: readonly Check[]): string[] =>
  checks.flatMap(({ name, state, detail, lines = [] }) => [
    `${MARKS[state]} ${name}: ${detail}`,
    ...lines.map((line) => `   ${line}`),
  ]);

export const hasFailed = (checks: readonly Check[]): boolean => checks.some(({ state }) => state === 'failure');
