import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NOTICE_KINDS, noticeText } from '../../src/kernel/notices.js';
import { notifierOf } from '../../ops/notify/from-settings.js';
import { createTelegramNotifier, type TelegramNotifierOptions } from '../../ops/notify/notifier.js';
import { startFakeTelegram, type FakeTelegram } from '../support/fake-telegram.js';
import { freePort } from '../support/services.js';

describe('notices by Telegram', () => {
  let telegram: FakeTelegram;
  let lines: string[];
  const notifier = (changes: Partial<TelegramNotifierOptions> = {}) =>
    createTelegramNotifier({
      apiUrl: telegram.url,
      token: telegram.token,
      chatId: telegram.chatId,
      timeoutMs: 20_000,
      language: 'en',
      firstRetryMs: 5,
      out: (line) => void lines.push(line),
      ...changes,
    });
  beforeEach(async () => {
    telegram = await startFakeTelegram();
    lines = [];
  });
  afterEach(() => telegram.close());

  test('a notice arrives with its environment, version and duration', async () => {
    const one = notifier();
    await one.notify({ kind: 'success', environment: 'staging', version: 'staging-abc1234', durationMs: 61_500 });
    expect(telegram.accepted).toEqual([
      '✅ Deployment succeeded\nEnvironment: staging\nVersion: staging-abc1234\nDuration: 61.5 s',
    ]);
    await one.close();
  });

  test('every kind has a title in English and in Arabic', () => {
    const titles = NOTICE_KINDS.flatMap((kind) =>
      (['en', 'ar'] as const).map((language) => noticeText({ kind, environment: 'x' }, language).split('\n')[0] ?? ''),
    );
    expect(new Set(titles).size).toBe(NOTICE_KINDS.length * 2);
    expect(titles.filter((_, index) => index % 2 === 1).every((title) => /\p{Script=Arabic}/u.test(title))).toBe(true);
  });

  test('the setting chooses Arabic', async () => {
    const one = notifierOf({
      env: {
        TELEGRAM_API_URL: telegram.url,
        TELEGRAM_BOT_TOKEN: telegram.token,
        TELEGRAM_CHAT_ID: telegram.chatId,
        NOTIFY_LANGUAGE: 'ar',
      },
      out: (line) => void lines.push(line),
    });
    await one.notify({ kind: 'rollback', environment: 'production', version: 'v1' });
    expect(telegram.accepted[0]).toBe('↩️ تم التراجع عن النشر\nالبيئة: production\nالإصدار: v1');
    await one.close();
  });

  test('retry_after is honoured, twice, and order is kept', async () => {
    telegram.next = [{ retryAfter: 1 }, { retryAfter: 1 }];
    const one = notifier();
    await Promise.all([
      one.notify({ kind: 'start', environment: 'a' }),
      one.notify({ kind: 'success', environment: 'a' }),
    ]);
    expect(telegram.accepted.map((text) => text.split('\n')[0])).toEqual([
      '🚀 Deployment started',
      '✅ Deployment succeeded',
    ]);
    const [first = 0, second = 0, third = 0] = telegram.calls.map(({ at }) => at);
    // Telegram asked for a second before each of the two repetitions.
    expect(second - first).toBeGreaterThanOrEqual(990);
    expect(third - second).toBeGreaterThanOrEqual(990);
    await one.close();
  });

  test('a Telegram that is down holds the caller back for the bound only, and the notice arrives later', async () => {
    telegram.down = 502;
    const one = notifier({ patienceMs: 50 });
    await one.notify({ kind: 'failure', environment: 'a', detail: 'The health check failed.' });
    expect(telegram.accepted).toEqual([]);
    telegram.down = null;
    await telegram.until('the notice', () => telegram.accepted.length === 1);
    await one.close();
  });

  test('a Telegram that never answers neither fails nor blocks the caller', async () => {
    telegram.next = ['silent'];
    const one = notifier({ patienceMs: 50, timeoutMs: 1000 });
    await one.notify({ kind: 'stuck', environment: 'a' });
    // The first answer was lost, so the second says that it may be a repetition.
    await telegram.until('the repetition', () => telegram.accepted.length === 1);
    expect(telegram.accepted[0]).toContain('(This may be a repetition.)');
    await one.close();
  });

  test('a wrong token is told in one line without the token, and does not fail', async () => {
    const one = notifier({ token: '999:wrong' });
    await one.notify({ kind: 'start', environment: 'a' });
    expect(lines).toEqual(['The notice "start" was not sent: Telegram refused, 401 Unauthorized.']);
    await one.close();
  });

  test('the queue is bounded: the oldest waiting notice falls, with a line', async () => {
    telegram.down = 503;
    const one = notifier({ patienceMs: 1, maxQueued: 3 });
    for (const kind of ['start', 'failure', 'rollback', 'stuck', 'success'] as const) {
      await one.notify({ kind, environment: 'a' });
    }
    telegram.down = null;
    await telegram.until('the rest', () => telegram.accepted.length === 3);
    expect(telegram.accepted.map((text) => text.split('\n')[0])).toEqual([
      '🚀 Deployment started',
      '⏳ Deployment is stuck',
      '✅ Deployment succeeded',
    ]);
    expect(lines).toEqual([
      'The notice "failure" was dropped: 3 are waiting for Telegram.',
      'The notice "rollback" was dropped: 3 are waiting for Telegram.',
    ]);
    await one.close();
  });

  test('closing while nobody listens gives up within the bound and says what was not sent', async () => {
    const one = notifier({ apiUrl: `http://127.0.0.1:${await freePort()}`, patienceMs: 20, firstRetryMs: 60_000 });
    await one.notify({ kind: 'start', environment: 'a' });
    await one.notify({ kind: 'success', environment: 'a' });
    await one.close(20);
    expect(lines).toContain('The notice "success" was not sent: the program ended first.');
  });

  test('a report longer than Telegram takes is cut', async () => {
    const one = notifier();
    await one.notify({ kind: 'weekly-report', environment: 'a', lines: ['x'.repeat(9000)] });
    expect(telegram.accepted[0]?.length).toBe(4000);
    await one.close();
  });

  test('without settings nobody is told, and nothing fails', async () => {
    const one = notifierOf({ env: {}, out: (line) => void lines.push(line) });
    await one.notify({ kind: 'start', environment: 'a' });
    await one.close();
    expect(lines).toEqual([]);
  });

  test('half of the settings is a fault that is told', () => {
    notifierOf({ env: { TELEGRAM_BOT_TOKEN: '1:x' }, out: (line) => void lines.push(line) });
    expect(lines).toEqual(['Give both TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or neither.']);
  });
});
