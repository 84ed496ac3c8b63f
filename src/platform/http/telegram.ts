import { messageOf } from '../../kernel/errors.js';

/** One call of Telegram's sendMessage, and what its answer means for whoever wants the message to arrive. */
export interface TelegramOptions {
  /** https://api.telegram.org, or the server that a test plays. */
  apiUrl: string;
  token: string;
  chatId: string;
  timeoutMs: number;
}

/**
 * sent: it arrived. later: Telegram asks to wait. unavailable: it did not arrive. unknown: no answer came, so it may have
 * arrived. refused: the token, the chat or the text is wrong, and only a person can change that.
 */
export type TelegramResult =
  | { kind: 'sent' }
  | { kind: 'later'; afterMs: number; reason: string }
  | { kind: 'unavailable' | 'unknown' | 'refused'; reason: string };

interface TelegramAnswer {
  ok?: boolean;
  description?: string;
  parameters?: { retry_after?: number };
}

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Never rejects, and never names the token: it is part of the address. */
export async function sendTelegram(options: TelegramOptions, text: string): Promise<TelegramResult> {
  let response: Response;
  let answer: TelegramAnswer;
  try {
    response = await fetch(`${options.apiUrl}/bot${options.token}/sendMessage`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ chat_id: options.chatId, text, disable_web_page_preview: true }),
      signal: AbortSignal.timeout(options.timeoutMs),
      redirect: 'error',
    });
    answer = (await response.json().catch(() => ({}))) as TelegramAnswer;
  } catch (error) {
    const code = (error as { cause?: { code?: string } }).cause?.code ?? '';
    const reason = (code || messageOf(error)).replaceAll(options.token, '[token]');
    return { kind: NOT_CONNECTED.has(code) ? 'unavailable' : 'unknown', reason };
  }
  if (response.ok && answer.ok === true) return { kind: 'sent' };
  const reason = `${response.status} ${answer.description ?? ''}`.trim().replaceAll(options.token, '[token]');
  if (response.status === 429) {
    return { kind: 'later', afterMs: Math.max(1, answer.parameters?.retry_after ?? 1) * 1000, reason };
  }
  return { kind: response.status >= 500 || response.ok ? 'unavailable' : 'refused', reason };
}
