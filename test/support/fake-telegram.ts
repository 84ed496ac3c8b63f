import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Plays api.telegram.org: accepts what carries the right token, and fails as it is told to. */
export interface FakeTelegram {
  url: string;
  token: string;
  chatId: string;
  /** Texts that it accepted, in order. */
  accepted: string[];
  /** Every call, accepted or not. */
  calls: { at: number; text: string }[];
  /** How it answers the next calls; afterwards it accepts. `lost`: it accepts and hangs up without an answer. */
  next: ({ retryAfter: number } | { status: number } | 'lost' | 'silent')[];
  /** Refuses every call with this status while it is set. */
  down: number | null;
  /** Resolves when a condition of its state holds; throws after the limit. */
  until(what: string, condition: () => boolean, limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startFakeTelegram(): Promise<FakeTelegram> {
  const waiting = new Set<() => void>();
  const fake: FakeTelegram = {
    url: '',
    token: '12345:test-token',
    chatId: '-100200300',
    accepted: [],
    calls: [],
    next: [],
    down: null,
    until: (what, condition, limitMs = 20_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`${what} did not come. Accepted: ${JSON.stringify(fake.accepted)}`));
        }, limitMs);
        const check = (): void => {
          if (!condition()) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (status: number, body: object): void => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      };
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { chat_id?: string; text?: string };
      const text = body.text ?? '';
      const how = fake.next.shift();
      fake.calls.push({ at: performance.now(), text });
      if (fake.down !== null) answer(fake.down, { ok: false, description: 'down' });
      else if (request.url !== `/bot${fake.token}/sendMessage`) answer(401, { ok: false, description: 'Unauthorized' });
      else if (body.chat_id !== fake.chatId) answer(400, { ok: false, description: 'Bad Request: chat not found' });
      else if (how === 'silent') {
        // No answer at all: the caller's patience must end.
      } else if (how !== undefined && how !== 'lost' && 'retryAfter' in how) {
        answer(429, { ok: false, description: 'Too Many Requests', parameters: { retry_after: how.retryAfter } });
      } else if (how !== undefined && how !== 'lost') answer(how.status, { ok: false, description: 'failed' });
      else {
        fake.accepted.push(text);
        if (how === 'lost') request.socket.destroy();
        else answer(200, { ok: true, result: { message_id: fake.accepted.length } });
      }
      for (const check of [...waiting]) check();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}
