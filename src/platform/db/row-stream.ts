import type pg from 'pg';
import { rowTypes } from './row-types.js';

/** Rows of one statement in parts, all of one snapshot. */
export type RowStream = <Row>(text: string, params: readonly unknown[], signal: AbortSignal) => AsyncGenerator<Row[]>;

/** Rows of one answer of Postgres: some 200 kB, so that a slow reader holds little. */
const ROWS = 1000;

/**
 * A sort of two million lines takes seconds before the first row; a reader that takes nothing for a minute gives the
 * snapshot back, which would otherwise keep old rows of every table.
 */
const LIMITS = `set local statement_timeout = '60s'; set local idle_in_transaction_session_timeout = '60s'`;

const NUMERIC = 1700;

function trimmed(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text[end - 1] === '0') end -= 1;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}

/** As every statement's rows, with amounts as short as they can be written. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
    oid === NUMERIC ? trimmed : rowTypes.getTypeParser(oid, format),
};

/**
 * Reads by a cursor in a read-only transaction of its own. When the signal is aborted, the statement is cancelled in
 * Postgres too, and the connection is closed; so it is when whoever reads stops in the middle.
 */
export function createRowStream(pool: pg.Pool): RowStream {
  return async function* <Row>(text: string, params: readonly unknown[], signal: AbortSignal): AsyncGenerator<Row[]> {
    signal.throwIfAborted();
    const client = await pool.connect();
    // Postgres may end the connection while nobody asks it anything.
    const broken = (): void => undefined;
    client.on('error', broken);
    const { processID } = client as unknown as { processID: number };
    const cancel = (): void => void pool.query('select pg_cancel_backend($1)', [processID]).catch(() => undefined);
    signal.addEventListener('abort', cancel, { once: true });
    let isDone = false;
    try {
      await client.query('begin isolation level repeatable read read only');
      await client.query(LIMITS);
      await client.query({ text: `declare report no scroll cursor for ${text}`, values: [...params] });
      for (;;) {
        signal.throwIfAborted();
        const { rows } = await client.query({ text: `fetch ${ROWS} from report`, types } as pg.QueryConfig);
        if (rows.length > 0) yield rows as Row[];
        if (rows.length < ROWS) break;
      }
      await client.query('commit');
      isDone = true;
    } finally {
      signal.removeEventListener('abort', cancel);
      client.off('error', broken);
      client.release(!isDone);
    }
  };
}
