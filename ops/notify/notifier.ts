import type { Notice } from '../../src/kernel/notices.js';
import { noticeText } from '../../src/kernel/notices.js';
import type { Language } from '../../src/kernel/viewer.js';
import { sendTelegram, type TelegramOptions } from '../../src/platform/http/telegram.js';

export type { Notice } from '../../src/kernel/notices.js';

/** Tells operators what happened. It never rejects, and holds its caller back for a bounded time only. */
export interface Notifier {
  notify(notice: Notice): Promise<void>;
}

export interface TelegramNotifier extends Notifier {
  /** Waits for what is queued, at most so long; what is left then is given up with a line. Never rejects. */
  close(limitMs?: number): Promise<void>;
}

export interface TelegramNotifierOptions extends TelegramOptions {
  language: Language;
  /** Where the notifier says what it could not send. */
  out(line: string): void;
  /** How long `notify` waits for the message to arrive before its caller goes on. */
  patienceMs?: number;
  maxQueued?: number;
  /** A notice that has not arrived after so long is given up. */
  giveUpMs?: number;
  firstRetryMs?: number;
}

interface Queued {
  notice: Notice;
  queuedAt: number;
  settle(): void;
}

const MAX_RETRY_MS = 30_000;

/** Sends in order; while Telegram is away notices wait in a queue of bounded length, from which the oldest falls. */
export function createTelegramNotifier(options: TelegramNotifierOptions): TelegramNotifier {
  const { patienceMs = 5000, maxQueued = 50, giveUpMs = 300_000, firstRetryMs = 1000, out } = options;
  const queue: Queued[] = [];
  let sending: Promise<void> | null = null;
  let closed = false;
  let wake: () => void = () => undefined;

  // Unreferenced, so that a command that has ended does not linger for a notice.
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const send = async (one: Queued): Promise<void> => {
    let repeated = false;
    for (let tries = 0; ; tries += 1) {
      const result = await sendTelegram(options, noticeText({ ...one.notice, repeated }, options.language));
      if (result.kind === 'sent') return;
      if (result.kind === 'unknown') repeated = true;
      const wait = result.kind === 'later' ? result.afterMs : Math.min(firstRetryMs * 2 ** tries, MAX_RETRY_MS);
      const late = performance.now() + wait - one.queuedAt > giveUpMs;
      if (closed || late || result.kind === 'refused') {
        out(`The notice "${one.notice.kind}" was not sent: Telegram ${result.kind}, ${result.reason}.`);
        return;
      }
      await pause(wait);
    }
  };

  const drain = async (): Promise<void> => {
    for (let one = queue[0]; one; one = queue[0]) {
      await send(one);
      // The queue may have dropped it meanwhile, being full.
      if (queue[0] === one) queue.shift();
      one.settle();
    }
  };

  return {
    async notify(notice) {
      if (closed) return;
      if (queue.length >= maxQueued) {
        const [dropped] = queue.splice(1, 1);
        dropped?.settle();
        out(`The notice "${dropped?.notice.kind}" was dropped: ${maxQueued} are waiting for Telegram.`);
      }
      const arrived = new Promise<void>((settle) => queue.push({ notice, queuedAt: performance.now(), settle }));
      sending ??= drain().finally(() => {
        sending = null;
      });
      await within(arrived, patienceMs);
    },
    async close(limitMs = patienceMs) {
      await within(sending ?? Promise.resolve(), limitMs);
      closed = true;
      for (const one of queue.splice(1)) {
        out(`The notice "${one.notice.kind}" was not sent: the program ended first.`);
        one.settle();
      }
      wake();
    },
  };
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
