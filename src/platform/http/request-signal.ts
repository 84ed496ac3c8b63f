import type { ServerResponse } from 'node:http';

/** Aborted when the connection closes before the answer was written: then nobody waits for the work any more. */
export function requestSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}
