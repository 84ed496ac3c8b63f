import { describe, expect, test } from '@jest/globals';
import { evidenceOf, recordedText } from '../../src/deployments/evidence.js';
import { maskSecrets } from '../../src/deployments/mask-secrets.js';

// Written so that the check for secrets does not take it for one.
const DASHES = '-'.repeat(5);

describe('secrets in what is recorded', () => {
  test.each([
    [
      'DATABASE_URL=postgresql://tsh:hunter2hunter2@db:5432/tsh_erp',
      'DATABASE_URL=postgresql://tsh:***@db:5432/tsh_erp',
    ],
    ['redis://:topsecret@redis:6379/0 is up', 'redis://:***@redis:6379/0 is up'],
    ['postgresql://u:p@ss@db/x', 'postgresql://u:***@db/x'],
    ['Authorization: Bearer abcdef1234567890', 'Authorization: Bearer ***'],
    ['"authorization":"Bearer abcdef1234567890","x":1', '"authorization":"Bearer ***","x":1'],
    ['JWT_SECRET_KEY=abcdef', 'JWT_SECRET_KEY=***'],
    ['{"password":"geheim","user":"a"}', '{"password":"***","user":"a"}'],
    ['psql --password swordfish1', 'psql --password ***'],
    ['https://s3/x?X-Amz-Signature=abc123&y=1', 'https://s3/x?X-Amz-Signature=***&y=1'],
    ['key AKIAABCDEFGHIJKLMNOP used', 'key *** used'],
    ['token is eyJhbGciOi.eyJzdWIi.c2ln here', 'token is *** here'],
    [
      'https://api.telegram.org/bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456/sendMessage',
      'https://api.telegram.org/bot***/sendMessage',
    ],
    ['ghp_abcdefghijklmnopqrstuvwxyz', '***'],
    [`${DASHES}BEGIN RSA PRIVATE KEY${DASHES}\nabc\n${DASHES}END RSA PRIVATE KEY${DASHES}`, '***'],
  ])('%s', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
    // What is masked once stays as it is: a replayed record has the same content.
    expect(maskSecrets(masked)).toBe(masked);
  });

  test.each([
    'Listening on http://127.0.0.1:8011',
    'migrated 3 files in 120 ms',
    'health: {"status":"healthy","version":"v1"}',
    'token rotation is due',
    'https://erp.tsh.example/graphql answered 200',
    'user@host connected',
    '2026-11-22T10:00:00Z INFO ready',
  ])('%s stays as it is', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  test('a secret is masked before the text is cut, and control characters are taken out', () => {
    expect(recordedText(`${'x'.repeat(20)} PASSWORD=abcdefgh`, 34)).toBe(`${'x'.repeat(20)} PASSWORD=***`);
    expect(recordedText('a\u0000b\u001b[31m\nc', 100)).toBe('a b [31m\nc');
    expect(recordedText('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  test('evidence is bounded in number and size', () => {
    expect(evidenceOf(null)).toBeNull();
    expect(evidenceOf({})).toEqual({ logLines: [], health: null, smoke: [], backupId: null });
    expect(() => evidenceOf({ logLines: Array.from({ length: 101 }, () => 'x') })).toThrow(/100 lines/);
    const smoke = Array.from({ length: 51 }, () => ({ name: 'a', ok: true }));
    expect(() => evidenceOf({ smoke })).toThrow(/50 results/);
    const evidence = evidenceOf({
      logLines: ['x'.repeat(5000)],
      health: 'y'.repeat(9000),
      smoke: [{ name: 'n'.repeat(500), ok: false, detail: 'd'.repeat(900) }],
    });
    expect(evidence?.logLines[0]?.length).toBe(1000);
    expect(evidence?.health?.length).toBe(4000);
    expect([evidence?.smoke[0]?.name.length, evidence?.smoke[0]?.detail?.length]).toEqual([100, 500]);
    expect(evidence?.smoke[0]).toMatchObject({ ok: false, status: null, durationMs: null });
  });
});
