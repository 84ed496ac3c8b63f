import { isBusinessDate } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { decodeCursor, encodeCursor } from '../platform/graphql/cursor.js';
import { DEFAULT_PAGE, MAX_PAGE, type Page, type PageArgs } from '../platform/read/connection.js';

/** Where a line stands among the lines of the journal. */
export interface LineKey {
  day: string;
  entryId: number;
  line: number;
}

const cursorOf = (order: string, { day, entryId, line }: LineKey): string =>
  encodeCursor([order, day, `${entryId}:${line}`]);

/** The line of a cursor. Throws BAD_INPUT for one of another list. */
export function lineKeyOf(order: string, cursor: string | null | undefined, field: 'after' | 'before'): LineKey | null {
  if (cursor == null) return null;
  const [named, day, place] = decodeCursor(cursor) ?? [];
  const match = /^(\d{1,15}):(\d{1,6})$/.exec(place ?? '');
  if (named !== order || day === undefined || !isBusinessDate(day) || !match) {
    throw badInput(field, msg`${field} is no cursor of this list. Take it from pageInfo or an edge of the same order.`);
  }
  return { day, entryId: Number(match[1]), line: Number(match[2]) };
}

export function sizeOf({ first, last }: PageArgs): number {
  if (first != null && last != null) throw badInput('last', msg`Give first or last, not both.`);
  const field = last == null ? 'first' : 'last';
  const size = last ?? first ?? DEFAULT_PAGE;
  if (size < 0) throw badInput(field, msg`${field} is negative.`);
  if (size > MAX_PAGE) throw badInput(field, msg`${field} is at most ${MAX_PAGE}.`, { maximum: MAX_PAGE });
  return size;
}

export interface LinesRead<Row, Node> {
  order: string;
  /** One more than the page, oldest first. */
  rows: readonly Row[];
  size: number;
  backward: boolean;
  after: LineKey | null;
  before: LineKey | null;
  totalCount: number | null;
  nodeOf(row: Row): Node;
}

export function pageOfLines<Row extends LineKey, Node>(read: LinesRead<Row, Node>): Page<Node> {
  const { order, rows, size, backward, after, before, totalCount, nodeOf } = read;
  const more = rows.length > size;
  // The row beyond the page is the furthest one: the first of the rows when they are read from the end.
  const shown = more ? (backward ? rows.slice(1) : rows.slice(0, -1)) : rows;
  const [head, tail] = [shown[0], shown.at(-1)];
  const edges = shown.map((row) => ({ node: nodeOf(row), cursor: cursorOf(order, row) }));
  return {
    nodes: edges.map(({ node }) => node),
    edges,
    pageInfo: {
      hasNextPage: backward ? before !== null : more,
      hasPreviousPage: backward ? more : after !== null,
      startCursor: head ? cursorOf(order, head) : null,
      endCursor: tail ? cursorOf(order, tail) : null,
    },
    totalCount,
  };
}
