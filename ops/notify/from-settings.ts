import { readTelegram } from '../../src/config.js';
import { Reader } from '../../src/settings-reader.js';
import type { OpsContext } from '../command.js';
import { createTelegramNotifier, type TelegramNotifier } from './notifier.js';

export type { NoticeKind } from '../../src/kernel/notices.js';

const TIMEOUT_MS = 10_000;

/** The notifier of the settings TELEGRAM_BOT_TOKEN, TELEGRAM_CHAT_ID, TELEGRAM_API_URL and NOTIFY_LANGUAGE; silent without them. */
export function notifierOf(context: Pick<OpsContext, 'env' | 'out'>): TelegramNotifier {
  const reader = new Reader({ ...context.env });
  const telegram = readTelegram(reader);
  for (const fault of reader.faults) context.out(fault);
  if (telegram === null) return { notify: () => Promise.resolve(), close: () => Promise.resolve() };
  return createTelegramNotifier({ ...telegram, timeoutMs: TIMEOUT_MS, out: (line) => context.out(line) });
}
