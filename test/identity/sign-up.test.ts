import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { readConfig } from '../../src/config.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';

const PASSWORD = 'another horse battery';
const SIGN_UP = `mutation($e: String!, $p: String!, $n: String!) { signUp(email: $e, password: $p, name: $n) {
  __typename ... on Session { accessToken } ... on UserError { code message field } } }`;

const signUp = async (t: TestApp, email: string, headers: Record<string, string> = {}): Promise<any> =>
  (await t.anonymous.query<any>(SIGN_UP, { e: email, p: PASSWORD, n: 'زينب' }, headers)).data.signUp;
const invite = async (client: TestClient, email: string, role = 'CASHIER'): Promise<any> => {
  const answer = await client.query<any>(
    `mutation($e: String!, $r: Role!) { inviteUser(email: $e, name: "Somebody", role: $r) { __typename ... on OneTimeToken { userId token } ... on UserError { code } } }`,
    { e: email, r: role },
  );
  return answer.errors?.[0]?.extensions ?? answer.data.inviteUser;
};
const redeem = async (t: TestApp, token: string, password = PASSWORD): Promise<any> =>
  (
    await t.anonymous.query<any>(
      `mutation($t: String!, $p: String!) { redeemLink(token: $t, password: $p) { __typename ... on Session { accessToken } ... on UserError { code field } } }`,
      { t: token, p: password },
    )
  ).data.redeemLink;
const signIn = async (t: TestApp, email: string, password = PASSWORD): Promise<string> =>
  (
    await t.anonymous.query<any>(
      `mutation($e: String!, $p: String!) { signIn(email: $e, password: $p) { __typename } }`,
      {
        e: email,
        p: password,
      },
    )
  ).data.signIn.__typename;

describe('sign-up with a verified address', () => {
  let t: TestApp;
  let owner: TestClient;
  const lines: any[] = [];
  beforeAll(async () => {
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    t = await startTestApp({ settings: { SIGN_UP: 'verified' }, log });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());
  beforeEach(async () => {
    lines.length = 0;
    await t.db.sql('delete from sign_in_throttles');
  });
  const told = (email: string) => lines.filter((line) => line.email === email);
  const tokenFor = (email: string): string => / (tshl_\S+)/.exec(told(email)[0]?.msg)?.[1] as string;

  test('nothing is occupied before the link is redeemed, and whoever holds it sets the password', async () => {
    expect(await signUp(t, 'Zainab@shop.example')).toMatchObject({
      __typename: 'VerificationNeededError',
      code: 'VERIFICATION_NEEDED',
    });
    expect(await t.db.sql(`select 1 from users where email = 'zainab@shop.example'`)).toEqual([]);
    expect(await signIn(t, 'zainab@shop.example')).toBe('InvalidCredentialsError');
    expect(told('zainab@shop.example')).toHaveLength(1);
    const token = tokenFor('zainab@shop.example');
    expect(await redeem(t, token, 'zainab@shop.example')).toMatchObject({ code: 'WEAK_PASSWORD', field: 'password' });
    const answers = await Promise.all([redeem(t, token), redeem(t, token)]);
    const session = answers.find((one) => one.__typename === 'Session');
    expect(answers.filter((one) => one.__typename === 'Session')).toHaveLength(1);
    const { me } = (await t.withToken(session.accessToken).query<any>('{ me { role name } }')).data;
    expect(me).toEqual({ role: 'CONSUMER', name: 'زينب' });
    expect(await signIn(t, 'zainab@shop.example')).toBe('Session');
    expect(await redeem(t, token)).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  test('the answer is in the language asked for', async () => {
    const { message } = await signUp(t, 'arabic@shop.example', { 'accept-language': 'ar' });
    expect(message).toMatch(/الرابط/);
  });

  test('a taken address answers like a free one, and nobody gets a link for it', async () => {
    const taken = 'taken@shop.example';
    await signUp(t, taken);
    await redeem(t, tokenFor(taken));
    lines.length = 0;
    expect(await signUp(t, taken)).toEqual(await signUp(t, 'free@shop.example'));
    expect(JSON.stringify(told(taken))).not.toContain('tshl_');
    expect(await t.db.sql('select 1 from sign_ups where email = $1', [taken])).toHaveLength(1);
    expect(await signIn(t, taken)).toBe('Session');
  });

  test('of two who want one address the first to redeem has it; the other link is void', async () => {
    await signUp(t, 'both@shop.example');
    await signUp(t, 'both@shop.example');
    const [first, second] = told('both@shop.example').map((line) => / (tshl_\S+)/.exec(line.msg)?.[1] as string);
    expect(await redeem(t, second as string)).toMatchObject({ __typename: 'Session' });
    expect(await redeem(t, first as string)).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  test('an invitation takes a pending sign-up over', async () => {
    await signUp(t, 'hassan@shop.example');
    const pending = async (): Promise<string[]> =>
      (await owner.query<any>('{ signUps(first: 100) { nodes { email name expiresAt } } }')).data.signUps.nodes.map(
        (one: any) => one.email,
      );
    expect(await pending()).toContain('hassan@shop.example');
    const link = await invite(owner, 'hassan@shop.example');
    expect(await pending()).not.toContain('hassan@shop.example');
    expect(link.__typename).toBe('OneTimeToken');
    expect(await redeem(t, tokenFor('hassan@shop.example'))).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await redeem(t, link.token)).toMatchObject({ __typename: 'Session' });
    expect(await invite(owner, 'hassan@shop.example')).toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('pending sign-ups expire after a day, and pruning takes them away', async () => {
    await signUp(t, 'late@shop.example');
    await t.db.sql(`update sign_ups set expires_at = now() - interval '1 second' where email = 'late@shop.example'`);
    expect(await redeem(t, tokenFor('late@shop.example'))).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    await t.app.services.transact({ origin: 'system', actor: 'test' }, async (tx) =>
      tx.enqueue({ kind: 'prune', jobKey: 'prune' }),
    );
    await t.drain();
    expect(await t.db.sql(`select 1 from sign_ups where email = 'late@shop.example'`)).toEqual([]);
  });

  test('twenty sign-ups a network, whatever becomes of them', async () => {
    const codes: string[] = [];
    for (let index = 0; index < 22; index += 1) codes.push((await signUp(t, `n${index}@shop.example`)).code);
    expect(codes.slice(0, 20)).toEqual(Array<string>(20).fill('VERIFICATION_NEEDED'));
    expect(codes.slice(20)).toEqual(['THROTTLED', 'THROTTLED']);
  });

  test('domain review 29: wrong links are slowed and a right one is not', async () => {
    const link = await invite(owner, 'right@shop.example');
    const codes: string[] = [];
    for (let index = 0; index < 23; index += 1) codes.push((await redeem(t, `tshl_${index}`)).code);
    expect(codes.slice(0, 20)).toEqual(Array<string>(20).fill('INVALID_CREDENTIALS'));
    expect(codes).toContain('THROTTLED');
    expect(await redeem(t, link.token)).toMatchObject({ __typename: 'Session' });
  });
});

test('an address is verified in staging and production, if nothing else is set', () => {
  const signUpOf = (environment: Record<string, string>): string => readConfig(environment, TEST_SECRETS).signUp;
  expect(signUpOf({})).toBe('open');
  expect(signUpOf({ SIGN_UP: 'verified' })).toBe('verified');
  expect(signUpOf(PRODUCTION)).toBe('verified');
});

const PRODUCTION = {
  APP_ENV: 'production',
  DATABASE_URL: 'postgresql://u:p@db/x',
  REDIS_URL: 'redis://r',
  JWT_SECRET_KEY: 'b6f1a1c9d2e84f7090a1b2c3d4e5f607',
  ENCRYPTION_KEY: 'c7f1a1c9d2e84f7090a1b2c3d4e5f608',
  ZOHO_WEBHOOK_SECRET: 'Kjh23kjh4Kjh5',
  ZOHO_CLIENT_ID: 'a',
  ZOHO_CLIENT_SECRET: 'b',
  ZOHO_REFRESH_TOKEN: 'c',
  ZOHO_ORGANIZATION_ID: 'd',
};

describe('sign-up of the demo', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp();
  });
  afterAll(() => t.stop());

  test('gives a session at once, and an invitation takes the unverified account over', async () => {
    const { accessToken } = await signUp(t, 'zainab@shop.example');
    const owner = await t.as('OWNER');
    const link = await invite(owner, 'Zainab@shop.example');
    expect(link.__typename).toBe('OneTimeToken');
    for (;;) if ((await t.withToken(accessToken).query('{ me { name } }')).status === 401) break;
    expect(await signIn(t, 'zainab@shop.example')).toBe('InvalidCredentialsError');
    const next = await redeem(t, link.token, 'a third horse battery');
    const { me } = (await t.withToken(next.accessToken).query<any>('{ me { role } }')).data;
    expect(me.role).toBe('CASHIER');
    expect(await invite(owner, 'zainab@shop.example')).toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('refuses common passwords and those that are one’s own name, in both languages', async () => {
    const weak = async (p: string, language: string): Promise<any> =>
      (
        await t.anonymous.query<any>(
          SIGN_UP,
          { e: 'hassan.karim@shop.example', p, n: 'Hassan' },
          { 'accept-language': language },
        )
      ).data.signUp;
    expect(await weak('password123', 'en')).toMatchObject({ __typename: 'InvalidInputError', code: 'WEAK_PASSWORD' });
    expect((await weak('password123', 'ar')).message).toMatch(/كلمة المرور/);
    expect(await weak('hassan.karim@shop.example', 'en')).toMatchObject({ code: 'WEAK_PASSWORD', field: 'password' });
  });
});
