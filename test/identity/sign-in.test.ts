import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createKeyedHashes } from '../../src/identity/keyed.js';
import { setClock } from '../../src/kernel/clock.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/app.js';

const PASSWORD = 'correct horse battery';
const OWNER = 'owner@test.example';
const OFFICE = '192.0.2.1';
const STRANGER = '198.51.100.1';

const SIGN_IN = `mutation($email: String!, $password: String!, $device: String) {
  signIn(email: $email, password: $password, device: $device) {
    __typename ... on Session { accessToken deviceToken } ... on UserError { code message } ... on ThrottledError { retryAfterSeconds } } }`;

describe('sign-in protects and does not punish', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await startTestApp({ settings: { ADMIN_EMAIL: OWNER, ADMIN_PASSWORD: PASSWORD, TRUST_PROXY: 'true' } });
  });
  afterAll(() => t.stop());
  beforeEach(async () => {
    await t.db.sql('delete from sign_in_throttles');
    await t.db.sql('delete from known_networks');
  });

  interface Try {
    email?: string;
    password?: string;
    from?: string;
    device?: string;
  }
  const signIn = async ({ email = OWNER, password = PASSWORD, from = OFFICE, device }: Try = {}): Promise<any> =>
    (await t.anonymous.query<any>(SIGN_IN, { email, password, device }, { 'x-forwarded-for': from })).data.signIn;
  const kindOf = async (input: Try): Promise<string> => (await signIn(input)).__typename;
  const guess = async (times: number, input: Try = {}): Promise<string[]> => {
    const kinds: string[] = [];
    for (let index = 0; index < times; index += 1)
      kinds.push(await kindOf({ password: 'wrong', from: STRANGER, ...input }));
    return kinds;
  };
  /** All delays are over; what was counted stays. */
  const waitDelays = () => t.db.sql(`update sign_in_throttles set not_before = now() - interval '1 second'`);
  /** The present delays last while the test goes on, however slow the machine is. */
  const holdDelays = () =>
    t.db.sql(`update sign_in_throttles set not_before = now() + interval '30 seconds' where not_before > now()`);
  const count = (kinds: readonly string[], kind: string): number => kinds.filter((one) => one === kind).length;

  test('domain review 29: thirty people of one office sign in at once, and again', async () => {
    for (let round = 0; round < 2; round += 1) {
      const kinds = await Promise.all(Array.from({ length: 30 }, () => kindOf({})));
      expect(kinds).toEqual(Array<string>(30).fill('Session'));
    }
    expect(await t.db.sql('select 1 from sign_in_throttles')).toEqual([]);
  });

  test('of many wrong tries at once five are looked at, however they come', async () => {
    const parallel = await Promise.all(Array.from({ length: 20 }, () => kindOf({ password: 'wrong', from: STRANGER })));
    expect(count(parallel, 'InvalidCredentialsError')).toBe(5);
    const aliases = Array.from(
      { length: 8 },
      (_, index) => `a${index}: signIn(email: "other@test.example", password: "no") { __typename }`,
    );
    const answer = await t.anonymous.query<any>(
      `mutation { ${aliases.join('\n')} }`,
      {},
      { 'x-forwarded-for': '198.51.100.2' },
    );
    const kinds = Object.values(answer.data).map((one: any) => one.__typename);
    expect(count(kinds, 'InvalidCredentialsError')).toBe(5);
  });

  test('a stranger cannot hold up the owner where the owner has signed in before', async () => {
    await signIn();
    await guess(6);
    for (const from of ['198.51.100.2', '198.51.100.3']) await guess(6, { from });
    expect(await kindOf({})).toBe('Session');
  });

  test('elsewhere the owner waits half a minute at most, whatever the stranger does meanwhile', async () => {
    for (const from of ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4']) await guess(6, { from });
    const first = await signIn({ from: '203.0.113.9' });
    expect(first.__typename).toBe('ThrottledError');
    expect(first.retryAfterSeconds).toBeLessThanOrEqual(30);
    await waitDelays();
    await guess(10, { from: '198.51.100.5' });
    await guess(10);
    expect(await kindOf({ from: '203.0.113.9' })).toBe('Session');
  });

  test('a device that has signed in before passes at once, even behind the address of who guesses', async () => {
    const { deviceToken } = await signIn();
    await guess(12);
    for (let index = 0; index < 25; index += 1) await guess(1, { email: `x${index}@test.example` });
    await holdDelays();
    expect(await kindOf({ from: STRANGER })).toBe('ThrottledError');
    const again = await signIn({ from: STRANGER, device: deviceToken });
    expect(again.__typename).toBe('Session');
    expect(again.deviceToken).toMatch(/^tshd_/);
  });

  test('a known device does not queue behind a flood from its own address', async () => {
    const { deviceToken } = await signIn();
    const flood = Array.from({ length: 120 }, (_, index) =>
      kindOf({ email: `f${index}@test.example`, password: 'no', from: OFFICE }),
    );
    const tries = Array.from({ length: 5 }, () => kindOf({ device: deviceToken }));
    expect(await Promise.all(tries)).toEqual(Array<string>(5).fill('Session'));
    expect(await Promise.all(flood)).not.toContain('Session');
  });

  test('a device token opens nothing by itself, is held to its own five tries, and helps no other account', async () => {
    const { deviceToken } = await signIn();
    const kinds = await guess(8, { device: deviceToken });
    expect([count(kinds, 'InvalidCredentialsError'), count(kinds, 'ThrottledError')]).toEqual([5, 3]);
    expect(await kindOf({})).toBe('Session');

    await t.as('CASHIER');
    const [cashier] = await t.db.sql<any>(`select email from users where role = 'CASHIER'`);
    for (const from of ['198.51.100.6', '198.51.100.7', '198.51.100.8']) await guess(6, { email: cashier.email, from });
    const keyed = createKeyedHashes('another secret, another secret, 1234');
    const [owner] = await t.db.sql<any>('select id from users where email = $1', [OWNER]);
    const forged = keyed.issueDevice({ id: null, userId: owner.id });
    for (const device of [deviceToken, forged, 'tshd_nonsense', `${deviceToken}x`]) {
      await t.db.sql(`delete from sign_in_throttles where key like 'pair:%'`);
      expect(await kindOf({ email: cashier.email, from: '203.0.113.8', device })).toBe('ThrottledError');
    }
    expect(JSON.stringify(deviceToken)).not.toContain(OWNER);
  });

  test('a device token ends after 90 days', () => {
    const keyed = createKeyedHashes(TEST_SECRETS.jwtSecret);
    const token = keyed.issueDevice({ id: 'one', userId: 'user' });
    expect(keyed.readDevice(token)).toEqual({ id: 'one', userId: 'user' });
    const restore = setClock(() => Date.now() + 91 * 86_400_000);
    try {
      expect(keyed.readDevice(token)).toBeNull();
    } finally {
      restore();
    }
  });

  test('who tries many accounts from one address is slowed by the failures, and colleagues there are not', async () => {
    await signIn({ from: STRANGER });
    const kinds: string[] = [];
    for (let index = 0; index < 24; index += 1) {
      kinds.push(await kindOf({ email: `x${index}@test.example`, password: 'no', from: STRANGER }));
      await holdDelays();
    }
    expect(count(kinds, 'InvalidCredentialsError')).toBe(20);
    expect(count(kinds, 'ThrottledError')).toBe(4);
    expect(await kindOf({ from: STRANGER })).toBe('Session');
    await t.db.sql('delete from known_networks');
    expect(await kindOf({ from: STRANGER })).toBe('ThrottledError');
    await waitDelays();
    expect(await kindOf({ from: STRANGER })).toBe('Session');
  });

  test('a stranger with an account of their own cannot wash the failures of their address away', async () => {
    for (let index = 0; index < 19; index += 1) await guess(1, { email: `x${index}@test.example` });
    expect(await kindOf({ from: STRANGER })).toBe('Session');
    const kinds = await guess(1, { email: 'x20@test.example' });
    await holdDelays();
    expect([...kinds, await kindOf({ email: 'x21@test.example', from: STRANGER })]).toEqual([
      'InvalidCredentialsError',
      'ThrottledError',
    ]);
  });

  test('a success takes back the failures of its own account and address', async () => {
    for (let round = 0; round < 3; round += 1) {
      await guess(4, { from: OFFICE });
      expect(await kindOf({})).toBe('Session');
    }
    expect(await t.db.sql('select 1 from sign_in_throttles where count > 0')).toEqual([]);
  });

  test('all addresses of one IPv6 network are one caller, another network is another', async () => {
    const kinds: string[] = [];
    for (let index = 1; index <= 8; index += 1)
      kinds.push(await kindOf({ password: 'no', from: `2001:db8:1:2:${index}::${index}` }));
    expect(count(kinds, 'ThrottledError')).toBe(3);
    expect(await kindOf({ password: 'no', from: '2001:db8:1:3::1' })).toBe('InvalidCredentialsError');
  });

  test('an account that there is and one that there is not answer the same all along', async () => {
    await signIn({ from: '198.51.100.2' });
    const story = async (email: string): Promise<string[]> => {
      await t.db.sql('delete from sign_in_throttles');
      const told: string[] = [];
      for (const from of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) {
        for (let index = 0; index < 6; index += 1) {
          const { retryAfterSeconds: _left, ...answer } = await signIn({ email, password: 'no', from });
          told.push(JSON.stringify(answer));
          await holdDelays();
        }
        await waitDelays();
      }
      for (let index = 0; index < 20; index += 1)
        await signIn({ email: `y${index}@test.example`, password: 'no', from: '198.51.100.2' });
      await holdDelays();
      const { retryAfterSeconds: _left, ...answer } = await signIn({ email, password: 'no', from: '198.51.100.2' });
      return [...told, JSON.stringify(answer)];
    };
    expect(await story(OWNER)).toEqual(await story('nobody@test.example'));
  });

  test.each(['', 'owner@test.example\u0001', 'x'.repeat(5000)])(
    'an address that nobody can have is refused like any other: %#',
    async (email) => {
      expect(await kindOf({ email })).toBe('InvalidCredentialsError');
    },
  );

  test('what is kept about networks is hashed, ten an account', async () => {
    for (let index = 0; index < 13; index += 1) await signIn({ from: `203.0.113.${index}` });
    const rows = await t.db.sql<any>('select network_hash from known_networks');
    expect(rows).toHaveLength(10);
    expect(JSON.stringify(rows)).not.toContain('203.0.113');
  });
});

describe('an address that is not the caller’s own', () => {
  test('forwarded headers that arrive unannounced are told once in the log, with the setting', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const t = await startTestApp({ log });
    try {
      await fetch(`${t.url}/livez`, { headers: { 'x-forwarded-for': OFFICE } });
      await fetch(`${t.url}/health`, { headers: { 'x-forwarded-for': OFFICE } });
      expect(lines.filter((line) => line.includes('TRUST_PROXY'))).toEqual([]);
      for (let index = 0; index < 3; index += 1)
        await t.anonymous.query('{ __typename }', {}, { 'x-forwarded-for': OFFICE });
      expect(lines.filter((line) => line.includes('TRUST_PROXY=true'))).toHaveLength(1);
    } finally {
      await t.stop();
    }
  });
});
