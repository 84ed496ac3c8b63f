import type { Logger } from './logger.js';
import type { Metrics } from './http/metrics.js';

/**
 * A rejection that nobody handled. It is a defect, and it is one request's defect: it is logged with the request, counted,
 * and others go on being served. What is thrown outside of a promise still ends the process, because its state is then
 * unknown.
 */
const requests = new WeakMap<object, string>();

/** Remembers which request an error belongs to, in case nobody handles it. */
export function noteRequest(error: unknown, requestId: string): void {
  if (typeof error === 'object' && error !== null) requests.set(error, requestId);
}

export function createRejectionHandler(log: Logger, metrics: Metrics): (error: unknown) => void {
  return (error) => {
    const requestId = typeof error === 'object' && error !== null ? requests.get(error) : undefined;
    metrics.unhandledRejections.inc();
    log.error({ err: error, requestId }, 'a promise was rejected and nobody handled it');
  };
}
