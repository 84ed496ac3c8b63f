import type { IncomingMessage } from 'node:http';
import type { Logger } from '../logger.js';

/** Which web pages may call: those of the same host, and those of ALLOWED_ORIGINS. No Origin: not a browser. */
export interface OriginGuard {
  /** A refusal is logged with the setting that would change it. */
  isAllowed(request: IncomingMessage): boolean;
}

/** One line an origin and minute, for so many origins, because anybody can choose the header. */
const LOG_EVERY_MS = 60_000;
const MAX_LOGGED = 20;

export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

export function createOriginGuard(allowed: readonly string[], log: Logger): OriginGuard {
  const logged = new Set<string>();
  let begunMs = -Infinity;

  const report = (origin: string): void => {
    if (performance.now() - begunMs > LOG_EVERY_MS) {
      logged.clear();
      begunMs = performance.now();
    }
    if (logged.has(origin) || logged.size >= MAX_LOGGED) return;
    logged.add(origin);
    log.warn({ origin }, `The origin ${origin} is not allowed. Add it to ALLOWED_ORIGINS if its pages may call.`);
  };

  return {
    isAllowed({ headers: { origin, host } }) {
      if (isOriginAllowed(origin, host, allowed)) return true;
      report((origin ?? '').slice(0, 200));
      return false;
    },
  };
}
