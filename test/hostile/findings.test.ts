import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp } from '../support/app.js';
import { startRedis } from '../support/services.js';
import type { Sender } from './hostile-request.js';
import { prepareStage, type Stage } from './stage.js';

interface Asked {
  query: string;
  variables?: unknown;
  operationName?: string;
}

const STRANGER: Sender = { kind: 'stranger', index: 0 };
const CONSUMER: Sender = { kind: 'consumer', index: 0 };
const OWNER: Sender = { kind: 'staff', index: 0 };

describe('what the review found, sent to the server as a process of its own', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await prepareStage();
  }, 180_000);
  afterAll(() => stage.stop(), 60_000);

  const headersOf = (sender: Sender): Record<string, string> => {
    const token = stage.target.tokenOf(sender);
    return token ? { authorization: `Bearer ${token}` } : {};
  };
  const ask = async (sender: Sender, asked: Asked): Promise<{ status: number; body: any }> => {
    const response = await fetch(`${stage.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(sender) },
      body: JSON.stringify(asked),
    });
    return { status: response.status, body: await response.json() };
  };
  const codeOf = ({ body }: { body: any }): string | undefined => body.errors?.[0]?.extensions?.code;
  /** CPU time of the process in milliseconds: what it worked, however busy the machine is with other things. */
  const cpuMs = (): number => {
    const fields = readFileSync(`/proc/${stage.server.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const isAlive = async (): Promise<boolean> => (await fetch(`${stage.server.url}/livez`)).ok;

  test.each([
    ['a null byte', '\u0000'],
    ['a lone surrogate', '\ud800'],
    ['an ordinary text', 'x'],
  ])('C1: a bad cursor beside a count with %s in its filter ends no process', async (_name, text) => {
    const query = 'query($t: String) { products(after: "x", filter: { sku: { eq: $t } }) { totalCount nodes { id } } }';
    for (let round = 0; round < 4; round += 1) {
      const code = codeOf(await ask(CONSUMER, { query, variables: { t: text } }));
      expect(['BAD_INPUT', 'BAD_USER_INPUT']).toContain(code);
    }
    expect(stage.server.ended()).toBeNull();
    expect(await isAlive()).toBe(true);
  });

  test('C2: a stranger with a filter as a variable under ever new names makes nothing compile', async () => {
    const OPERATIONS = 6;
    const before = cpuMs();
    for (let operation = 0; operation < OPERATIONS; operation += 1) {
      for (let round = 0; round < 3; round += 1) {
        const operationName = `A${operation}`;
        const query = `query ${operationName}($f: ProductFilter) { products(filter: $f) { totalCount } }`;
        expect(codeOf(await ask(STRANGER, { operationName, query, variables: { f: {} } }))).toBe('UNAUTHENTICATED');
      }
    }
    // One such compilation was 4,000 ms of work; 18 refusals are some 50 ms.
    expect(cpuMs() - before).toBeLessThan(2500);
    expect(await isAlive()).toBe(true);
  });

  test('C2: a filter as a variable under ever new names compiles cheaply for those who may ask, too', async () => {
    const before = cpuMs();
    for (let operation = 0; operation < 6; operation += 1) {
      const query = `query B${operation}($f: ProductFilter) { products(first: 1, filter: $f) { nodes { id } } }`;
      for (let round = 0; round < 3; round += 1) {
        const answer = await ask(OWNER, { query, variables: { f: { sku: { contains: 'A' } } } });
        expect(answer.body.errors).toBeUndefined();
      }
    }
    expect(cpuMs() - before).toBeLessThan(6000);
  });

  test('H1: a request of 204 kB with hundreds of long conditions is refused before it reaches the database', async () => {
    const conditions = Array.from({ length: 30 }, () => '{ sku: { contains: $v } }').join(', ');
    const aliases = Array.from(
      { length: 15 },
      (_, index) => `a${index}: products(filter: { OR: [${conditions}] }) { totalCount }`,
    );
    const query = `query Flood($v: String) { ${aliases.join(' ')} }`;
    const answer = await ask(CONSUMER, { query, variables: { v: 'x'.repeat(200_000) } });
    expect(['LIMIT_EXCEEDED', 'BAD_INPUT', 'BAD_USER_INPUT']).toContain(codeOf(answer));
    expect(Object.values(answer.body.data ?? {}).filter(Boolean)).toEqual([]);
    // Short texts make each condition cheap, not free: so many of them are refused all the same.
    const short = await ask(CONSUMER, { query, variables: { v: 'x' } });
    expect(['LIMIT_EXCEEDED', 'BAD_INPUT', 'BAD_USER_INPUT']).toContain(codeOf(short));
  });

  describe('M1: the cost is that of the variables as they are understood', () => {
    const FIELDS = `nodes { id lines { quantity product { id stockLevels { onHand available warehouse { id code name branch { id code } } } images { id } } } }`;
    const dear = (name: string, declared: string): string =>
      `query ${name}(${declared}) { orders(first: $n) { ${FIELDS} } }`;

    test('a text for a number is refused and leaves no cost behind for the number', async () => {
      const query = dear('Text', '$n: Int!');
      for (let round = 0; round < 4; round += 1) {
        expect((await ask(OWNER, { query, variables: { n: 1 } })).body.errors).toBeUndefined();
      }
      for (let round = 0; round < 3; round += 1) {
        expect(codeOf(await ask(OWNER, { query, variables: { n: '100' } }))).toBeDefined();
        expect(codeOf(await ask(OWNER, { query, variables: { n: 100 } }))).toBe('LIMIT_EXCEEDED');
      }
    });

    test('null is the default page, whatever the cost of 0 was', async () => {
      const query = 'query Zero($n: Int) { products(first: $n) { nodes { id name sku } } }';
      const costOf = async (variables: object): Promise<number> =>
        (await ask(OWNER, { query, variables })).body.extensions.cost.requested;
      const plain = (await ask(OWNER, { query: '{ products { nodes { id name sku } } }' })).body.extensions.cost
        .requested;
      for (let round = 0; round < 4; round += 1) await ask(OWNER, { query, variables: { n: 0 } });
      for (let round = 0; round < 4; round += 1) expect(await costOf({ n: null })).toBe(plain);
      expect(await costOf({})).toBe(plain);
    });

    test('the default of a variable counts like a given value, the first time and the fourth', async () => {
      const query = dear('Default', '$n: Int = 100');
      for (let round = 0; round < 4; round += 1) expect(codeOf(await ask(OWNER, { query }))).toBe('LIMIT_EXCEEDED');
      expect((await ask(OWNER, { query, variables: { n: 1 } })).body.errors).toBeUndefined();
    });
  });

  test('M3: 1,240 equal fields are refused without the work of comparing them', async () => {
    const ROUNDS = 12;
    const query = `{ ${'me{name} '.repeat(1240)} }`;
    const before = cpuMs();
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(codeOf(await ask(STRANGER, { query }))).toBe('LIMIT_EXCEEDED');
    }
    // Comparing every pair was 243 ms a request.
    expect(cpuMs() - before).toBeLessThan(ROUNDS * 100);
  });

  test.each([
    ['a symbol of two code units', '👩‍👩‍👧‍👦'],
    ['such symbols where a text is cut', `a@${'x'.repeat(99)}${'👩'.repeat(200)}`],
    ['half of such a symbol', '\ud83d@x.example'],
  ])('a sign-in with an address of %s fails like any other', async (_name, email) => {
    const query =
      'mutation($email: String!) { signIn(email: $email, password: "wrong wrong") { ... on UserError { code } } }';
    const { body } = await ask(STRANGER, { query, variables: { email } });
    const code = body.data?.signIn?.code ?? body.errors?.[0]?.extensions?.code;
    expect(['INVALID_CREDENTIALS', 'BAD_INPUT']).toContain(code);
  });

  describe('a query by GET', () => {
    const get = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${stage.server.url}/graphql?query=${encodeURIComponent('{ __typename }')}`, { headers });

    test('that carries a token needs no header against forgery: no page of others can add one', async () => {
      const response = await get(headersOf(CONSUMER));
      expect([response.status, await response.json()]).toEqual([
        200,
        expect.objectContaining({ data: { __typename: 'Query' } }),
      ]);
    });

    test('without a token is refused as before, and with one of the usual headers it is not', async () => {
      const bare = await get({});
      expect([bare.status, (await bare.json()) as object]).toEqual([
        400,
        expect.objectContaining({ errors: expect.any(Array) }),
      ]);
      expect((await get({ 'apollo-require-preflight': 'true' })).status).toBe(200);
    });

    test('never runs a mutation', async () => {
      const response = await fetch(`${stage.server.url}/graphql?query=${encodeURIComponent('mutation { signOut }')}`, {
        headers: headersOf({ kind: 'consumer', index: 5 }),
      });
      expect(response.status).toBe(405);
    });
  });
});

describe('readiness', () => {
  test('H7: stays while Redis is down, because queries work without it', async () => {
    const redis = await startRedis();
    const t = await startTestApp({ settings: { REDIS_URL: redis.url } });
    try {
      const owner = await t.as('OWNER');
      expect((await fetch(`${t.url}/readyz`)).status).toBe(200);
      await redis.stop();
      const until = performance.now() + 20_000;
      let health: { status?: string } = {};
      while (health.status !== 'degraded' && performance.now() < until) {
        health = (await (await fetch(`${t.url}/health`)).json()) as typeof health;
      }
      expect(health.status).toBe('degraded');
      const ready = await fetch(`${t.url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([200, expect.objectContaining({ ready: true })]);
      expect((await owner.query('{ me { name } }')).errors).toBeUndefined();
    } finally {
      await t.stop();
    }
  }, 60_000);
});
