import type { PoolClient, QueryResult } from 'pg';
import { activeTracer, type Span } from './tracer.js';

interface ConnectionSource {
  on(event: 'connect', listener: (client: PoolClient) => void): unknown;
}
type Query = (...args: unknown[]) => unknown;
type Answer = (error: Error | null | undefined, result: QueryResult) => void;

const textOf = (query: unknown): string => {
  if (typeof query === 'string') return query;
  const text = (query as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : '';
};

const LONGEST = 10_000;

/**
 * The statement without its values. Ours are parameters, but the ORM writes them into the text. What is cut off in the
 * middle of a text value counts as its end.
 */
export const withoutValues = (text: string): string =>
  text
    .slice(0, LONGEST)
    .replace(/'(?:[^']|'')*(?:'|$)/g, '?')
    .replace(/(?<![\w$])\d+(?:\.\d+)?/g, '?');

/** `select`, `insert`, ..., `with` for the compiled reads: few names, whatever the statement says. */
const operationOf = (text: string): string => /^\s*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? 'statement';

/**
 * A span a statement, of the ORM's as well as of our own, inside of a request or a job only: the polls of the queue and
 * the event log would be traces of one span each.
 */
export function traceStatements(pool: ConnectionSource): void {
  const tracer = activeTracer();
  if (tracer === null) return;
  pool.on('connect', (client) => {
    const traced = client as unknown as { query: Query };
    const query = traced.query.bind(client);
    traced.query = (...args) => {
      const isStream = typeof (args[0] as { submit?: unknown } | null)?.submit === 'function';
      if (isStream || tracer.active() === null) return query(...args);
      const text = textOf(args[0]);
      const operation = operationOf(text);
      const span = tracer.start(operation, {
        kind: 'client',
        attributes: {
          'db.system.name': 'postgresql',
          'db.operation.name': operation,
          'db.query.text': withoutValues(text),
        },
      });
      const answer = args.at(-1);
      if (typeof answer === 'function') {
        const told: Answer = (error, result) => {
          endOf(span, error, result);
          (answer as Answer)(error, result);
        };
        return query(...args.slice(0, -1), told);
      }
      const result = query(...args) as Promise<QueryResult>;
      result.then(
        (rows) => endOf(span, null, rows),
        (error: unknown) => endOf(span, error, null),
      );
      return result;
    };
  });
}

function endOf(span: Span, error: unknown, result: QueryResult | null): void {
  if (error) span.fail(error);
  else if (typeof result?.rowCount === 'number') span.set({ 'db.response.returned_rows': result.rowCount });
  span.end();
}
