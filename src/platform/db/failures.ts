/** What kind of failure a driver error is. The ORM wraps driver errors and keeps `code`; pg keeps it too. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at && depth < 4; depth += 1) {
    const { code, cause, previous } = at as { code?: unknown; cause?: unknown; previous?: unknown };
    if (typeof code === 'string' && code !== '') return code;
    at = previous ?? cause;
  }
  return '';
}

function constraintOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at && depth < 4; depth += 1) {
    const { constraint, cause, previous } = at as { constraint?: unknown; cause?: unknown; previous?: unknown };
    if (typeof constraint === 'string') return constraint;
    at = previous ?? cause;
  }
  return '';
}

/** The detail of what the database refused under this name; null for any other error. */
export function detailOf(error: unknown, constraint: string): string | null {
  if (constraintOf(error) !== constraint) return null;
  for (let at: unknown = error, depth = 0; at && depth < 4; depth += 1) {
    const { detail, cause, previous } = at as { detail?: unknown; cause?: unknown; previous?: unknown };
    if (typeof detail === 'string') return detail;
    at = previous ?? cause;
  }
  return null;
}

const CONNECTION = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** The server went away or refuses new sessions for now; the work itself may be fine. */
export function isConnectionFailure(error: unknown): boolean {
  const code = codeOf(error);
  if (CONNECTION.has(code) || code.startsWith('08')) return true;
  const message = error instanceof Error ? error.message : '';
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|pool is draining|driver has already been destroyed|Cannot use a pool after calling end/i.test(
    message,
  );
}

/** Deadlock, serialisation failure or lock time-out: the same work may pass when it is tried again. */
export function isContention(error: unknown): boolean {
  return ['40P01', '40001', '55P03'].includes(codeOf(error));
}

/** A figure, or a sum that it was added to, does not fit its column. */
export const isNumericOverflow = (error: unknown): boolean => codeOf(error) === '22003';

/** The statement ran into its time-out. */
export const isStatementTimeout = (error: unknown): boolean => codeOf(error) === '57014';

export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return codeOf(error) === '23505' && (constraint === undefined || constraintOf(error) === constraint);
}
