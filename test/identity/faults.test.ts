import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { createTestDatabase } from '../support/database.js';

const FAULTS = '__typename ... on UserError { code message field faults { code message field } }';
const PAST = '2020-01-01T00:00:00Z';

describe('forms of people and keys', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const faultsOf = async (client: TestClient, mutation: string, headers = {}): Promise<any> => {
    const answer = await client.query<any>(`mutation { answer: ${mutation} { ${FAULTS} } }`, {}, headers);
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data.answer;
  };

  test.each<[string, string, [string, string][]]>([
    [
      'an invitation',
      'inviteUser(email: "nobody", name: " ", role: CASHIER)',
      [
        ['email', 'BAD_INPUT'],
        ['name', 'BAD_INPUT'],
      ],
    ],
    [
      'a sign-up',
      'signUp(email: "nobody", name: "", password: "short")',
      [
        ['email', 'BAD_INPUT'],
        ['name', 'BAD_INPUT'],
        ['password', 'BAD_INPUT'],
      ],
    ],
    [
      'a new password',
      'changePassword(currentPassword: "not it at all", newPassword: "password123")',
      [
        ['currentPassword', 'INVALID_CREDENTIALS'],
        ['newPassword', 'WEAK_PASSWORD'],
      ],
    ],
    [
      'an API key',
      `createApiKey(name: "", scopes: ["everything", "sync:read", "owners:manage"], expiresAt: "${PAST}")`,
      [
        ['name', 'BAD_INPUT'],
        ['scopes', 'BAD_INPUT'],
        ['scopes', 'BAD_INPUT'],
        ['expiresAt', 'BAD_INPUT'],
      ],
    ],
  ])('%s learns all its faults at once', async (_name, mutation, expected) => {
    const { code, message, field, faults } = await faultsOf(owner, mutation);
    expect(faults.map((fault: any) => [fault.field, fault.code])).toEqual(expected);
    expect({ code, message, field }).toEqual(faults[0]);
  });

  test('a change of a person learns all its faults at once, before its version', async () => {
    const { data } = await owner.query<any>('{ me { userId } }');
    await t.db.sql(`update users set active = false where role = 'OWNER' and id <> $1`, [data.me.userId]);
    const { faults } = await faultsOf(
      owner,
      `updateUser(input: { id: "${data.me.userId}", version: 99, name: "${'x'.repeat(101)}", role: null, active: false })`,
      { 'accept-language': 'ar' },
    );
    expect(faults.map((fault: any) => fault.field)).toEqual(['role', 'name', 'active']);
    expect(faults[1].message).toMatch(/[\u0621-\u064a].*100/);
  });

  test('an address that is taken is a fault beside the others', async () => {
    const email = 'taken@test.example';
    await faultsOf(owner, `inviteUser(email: "${email}", name: "First", role: CASHIER)`);
    await t.db.sql(`update users set email_verified_at = now() where email = $1`, [email]);
    const { faults } = await faultsOf(owner, `inviteUser(email: "${email}", name: "", role: CASHIER)`);
    expect(faults.map((fault: any) => fault.code)).toEqual(['ALREADY_EXISTS', 'BAD_INPUT']);
  });
});

describe('a key with scopes that no longer exist', () => {
  test('is named once at the start, with the scopes, and works with the rest', async () => {
    const db = await createTestDatabase();
    const first = await startTestApp({ db });
    const owner = await first.as('OWNER');
    const make = async (name: string): Promise<string> => {
      const made = await owner.query<any>(
        'mutation($name: String!) { createApiKey(name: $name, scopes: ["sync:read"]) { ... on ApiKeyCreated { secret } } }',
        { name },
      );
      return made.data.createApiKey.secret as string;
    };
    const secret = await make('bridge');
    await make('good');
    await make('revoked');
    await db.sql(`update api_keys set scopes = '["sync:read", "fax:send", "bazaar:read"]' where name <> 'good'`);
    await db.sql(`update api_keys set revoked_at = now() where name = 'revoked'`);
    await first.stop();
    const lines: any[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const second = await startTestApp({ db, log });
    const told = lines.filter((line) => line.apiKey !== undefined);
    expect(told).toEqual([expect.objectContaining({ apiKey: 'bridge', scopes: ['bazaar:read', 'fax:send'] })]);
    const me = await second.withToken(secret).query<any>('{ me { permissions } syncStats { pending } }');
    expect(me.data).toEqual({ me: { permissions: ['sync:read'] }, syncStats: { pending: 0 } });
    await second.stop();
    await db.drop();
  });
});
