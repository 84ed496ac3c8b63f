import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { setClock } from '../../src/kernel/clock.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const PASSWORD = 'correct horse battery';
const GRACE_MS = 45_000;

describe('refresh tokens', () => {
  let t: TestApp;
  let ahead = 0;
  let restore: () => void;
  beforeAll(async () => {
    t = await startTestApp({ settings: { ADMIN_EMAIL: 'owner@test.example', ADMIN_PASSWORD: PASSWORD } });
    restore = setClock(() => Date.now() + ahead);
  });
  afterAll(async () => {
    restore();
    await t.stop();
  });

  const signIn = async (): Promise<any> =>
    (
      await t.anonymous.query<any>(
        `mutation { signIn(email: "owner@test.example", password: "${PASSWORD}") { ... on Session { accessToken refreshToken } } }`,
      )
    ).data.signIn;
  const refresh = async (refreshToken: string): Promise<any> =>
    (
      await t.anonymous.query<any>(
        `mutation($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) { __typename ... on Session { accessToken refreshToken deviceToken } ... on UserError { code field } } }`,
        { refreshToken },
      )
    ).data.refreshSession;
  const nameOf = async (client: TestClient): Promise<string | null> =>
    (await client.query<any>('{ me { name } }')).data?.me?.name ?? null;
  const endReasons = async (): Promise<string[]> =>
    (await t.db.sql<any>('select end_reason from sessions where end_reason is not null')).map((one) => one.end_reason);

  test('twenty refreshes of one token at once give one successor, and every answer is a valid pair', async () => {
    const { refreshToken } = await signIn();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    expect(new Set(answers.map((one) => one.refreshToken)).size).toBe(1);
    expect(answers.every((one) => one.__typename === 'Session' && one.deviceToken === null)).toBe(true);
    for (const one of [answers[0], answers[19]]) expect(await nameOf(t.withToken(one.accessToken))).toBe('Owner');
    expect((await refresh(answers[7].refreshToken)).__typename).toBe('Session');
  });

  test('a retry within 45 s holds the same pair, a use after that ends the whole session', async () => {
    const { refreshToken } = await signIn();
    const second = await refresh(refreshToken);
    ahead += GRACE_MS - 5000;
    expect((await refresh(refreshToken)).refreshToken).toBe(second.refreshToken);
    expect((await refresh('tshr_nonsense')).code).toBe('INVALID_CREDENTIALS');
    ahead += 6000;
    expect(await refresh(refreshToken)).toMatchObject({ code: 'INVALID_CREDENTIALS', field: 'refreshToken' });
    expect((await refresh(second.refreshToken)).code).toBe('INVALID_CREDENTIALS');
    for (;;) if ((await nameOf(t.withToken(second.accessToken))) === null) break;
    expect(await endReasons()).toContain('token_reused');
  });

  test('a tab that is two refreshes behind within the grace gets the pair that is still unused', async () => {
    const { refreshToken } = await signIn();
    const second = await refresh(refreshToken);
    const third = await refresh(second.refreshToken);
    expect((await refresh(refreshToken)).refreshToken).toBe(third.refreshToken);
  });

  test('no token is stored, and none follows from another without the server’s key', async () => {
    const { refreshToken } = await signIn();
    const next = await refresh(refreshToken);
    const rows = JSON.stringify(await t.db.sql('select * from refresh_tokens'));
    expect(rows).not.toContain(refreshToken.slice(5));
    expect(rows).not.toContain(next.refreshToken.slice(5));
  });

  test('whatever the tabs do and when: nobody within the grace is signed out, a later reuse always ends the session', async () => {
    const steps = fc.array(fc.record({ tab: fc.nat(2), waitMs: fc.constantFrom(0, 0, 10_000, 40_000, 50_000) }), {
      minLength: 3,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const first: string = (await signIn()).refreshToken;
        const held = [first, first, first];
        const usedAt = new Map<string, number>();
        let time = 0;
        for (const { tab, waitMs } of moves) {
          ahead += waitMs;
          time += waitMs;
          const token = held[tab] as string;
          const used = usedAt.get(token);
          const answer = await refresh(token);
          // 5 s around the edge are left out: the clock of the machine goes on during the test.
          if (used !== undefined && time - used > GRACE_MS + 4000) {
            expect(answer.code).toBe('INVALID_CREDENTIALS');
            for (const other of held) expect((await refresh(other)).code).toBe('INVALID_CREDENTIALS');
            return;
          }
          expect(answer.__typename).toBe('Session');
          if (used === undefined) usedAt.set(token, time);
          held[tab] = answer.refreshToken;
        }
      }),
      { numRuns: 15 },
    );
  });

  test('an access token does not outlive its session', async () => {
    const { accessToken, refreshToken } = await signIn();
    const [row] = await t.db.sql<any>('select id from sessions order by id desc limit 1');
    await t.db.sql(`update sessions set expires_at = $2 where id = $1`, [
      row.id,
      new Date(Date.now() + ahead + 60_000),
    ]);
    const next = await refresh(refreshToken);
    const { exp } = JSON.parse(Buffer.from(next.accessToken.split('.')[1], 'base64url').toString());
    expect(exp * 1000).toBeLessThanOrEqual(Date.now() + ahead + 60_000);
    expect(accessToken).not.toBe(next.accessToken);
  });
});
