import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A port of 127.0.0.1 that nobody has at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The body of an answer, from a program that may still be starting. */
export async function answerOf(url: string, limitMs: number): Promise<string> {
  const end = performance.now() + limitMs;
  for (;;) {
    const text = await fetch(url, { headers: { connection: 'close' } }).then(
      (response) => response.text(),
      () => null,
    );
    if (text !== null) return text;
    if (performance.now() > end) throw new Error(`${url} does not answer.`);
    await wait(100);
  }
}
