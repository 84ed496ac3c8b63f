/** Longer answers are cut. */
export const KEPT_TEXT = 400_000;

/** What came back for one sending of a request. */
export interface Observed {
  /** 0: the connection ended without an answer. */
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Of a WebSocket. */
  closeCode?: number;
  /** As it came from the connection: perhaps in chunks, perhaps two answers. */
  isUnparsed?: boolean;
  /** Nothing came within the patience. */
  timedOut?: boolean;
}

/** What may stand in no answer, whatever was asked. */
const LEAKS: readonly [string, RegExp][] = [
  ['a stack trace', /\n?\s{2,}at .{1,200}:\d+:\d+|\bnode_modules\b|\bnode:internal\b|file:\/\/\//],
  ['a path of the server', /\/dist\/src\/|\.(?:ts|js):\d+/],
  [
    'SQL or a message of the database',
    /syntax error at or near|violates (?:check|unique|foreign key|not-null) constraint|invalid input syntax for|invalid byte sequence|duplicate key value|value too long for type|out of range for type|relation "|column "[^"]+" |DriverException|prepared statement "|\bselect .{1,300} from [a-z_]+ (?:where|join|order)/i,
  ],
];

const DELIBERATE = new Set([429, 503]);
/** Closing codes that mean a fault of the server: 1011, and graphql-ws' 4500. */
const FAULT_CODES = new Set([1011, 4500]);

function isJson(text: string): boolean {
  // HEAD and 204 have none.
  if (text === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Why an answer is a fault of the server, or null. */
export function faultOf(observed: Observed): string | null {
  const { status, headers, text, closeCode } = observed;
  if (observed.timedOut) return 'no answer came in time';
  if (DELIBERATE.has(status) && headers['retry-after'] === undefined) return `${status} without Retry-After`;
  if (status >= 500 && !DELIBERATE.has(status)) return `status ${status}`;
  if (text.includes('INTERNAL_SERVER_ERROR')) return 'INTERNAL_SERVER_ERROR';
  if (closeCode !== undefined && FAULT_CODES.has(closeCode)) return `socket closed with ${closeCode}`;
  const type = String(headers['content-type'] ?? '');
  if (status > 0 && !observed.isUnparsed && /json/.test(type) && text.length < KEPT_TEXT && !isJson(text))
    return 'the answer is no JSON';
  // Pages and the schema's own text may hold anything.
  const isPage = /html|text\/plain|javascript/.test(type);
  const leak = isPage ? undefined : LEAKS.find(([, pattern]) => pattern.test(text));
  return leak ? `the answer holds ${leak[0]}: ${leak[1].exec(text)?.[0].slice(0, 200)}` : null;
}
