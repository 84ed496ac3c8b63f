import { spawn, type ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { TEST_SECRETS } from './support/app.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { temporaryFolder } from './support/folder.js';
import { freePort } from './support/services.js';

const OWNER = { email: 'owner@test.example', password: 'correct horse battery' };

describe('SIGTERM while the database pool is exhausted', () => {
  let db: TestDatabase;
  let child: ChildProcess;
  let port: number;
  let output = '';
  const clients: (Socket | WebSocket)[] = [];

  beforeAll(async () => {
    db = await createTestDatabase();
    port = await freePort();
    child = spawn(process.execPath, ['dist/src/main.js'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        APP_ENV: 'test',
        ROLE: 'api',
        PORT: String(port),
        LOG_LEVEL: 'error',
        DATA_DIR: temporaryFolder('shutdown'),
        DATABASE_URL: db.url,
        REDIS_URL: process.env['TEST_REDIS'],
        DB_POOL_SIZE: '2',
        DB_MAX_OVERFLOW: '0',
        JWT_SECRET_KEY: TEST_SECRETS.jwtSecret,
        ENCRYPTION_KEY: TEST_SECRETS.encryptionKey,
        ZOHO_WEBHOOK_SECRET: TEST_SECRETS.webhookSecret,
        ADMIN_EMAIL: OWNER.email,
        ADMIN_PASSWORD: OWNER.password,
      },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (output += data.toString()));
    await poll(() =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) if ('destroy' in client) client.destroy();
    if (child.exitCode === null) child.kill('SIGKILL');
    await db.drop();
  });

  const poll = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) {
      if (child.exitCode !== null) throw new Error(`It has ended with ${child.exitCode}:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  const signIn = async (): Promise<string> => {
    const query = `mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) { ... on Session { accessToken } } }`;
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: OWNER }),
    });
    return (await response.json()).data.signIn.accessToken as string;
  };

  const abandonedSocket = async (token: string): Promise<void> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
    socket.on('error', () => undefined);
    clients.push(socket);
    await new Promise((resolve) => socket.once('open', resolve));
    const acknowledged = new Promise((resolve) => socket.once('message', resolve));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    await acknowledged;
    const query = 'subscription { entityChanged(types: ["product"]) { cursor product { name } } }';
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    socket.pause();
  };

  const request = (token: string): Socket => {
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    const body = JSON.stringify({ query: '{ products(first: 1) { nodes { id } } }' });
    client.write(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    clients.push(client);
    return client;
  };

  test('and its clients have gone ends with 0 within its time', async () => {
    const token = await signIn();
    for (let index = 0; index < 10; index += 1) await abandonedSocket(token);
    // Every read of products now takes as long as the statement timeout lets it.
    await db.sql('alter table products rename to products_behind');
    await db.sql('create view products as select p.* from products_behind p, (select pg_sleep(30)) as slow');
    await db.sql(`insert into products_behind (id, external_ref, name, search_text, base_price_usd, created_at, updated_at)
      values (gen_random_uuid(), 'one', 'One', 'one', 0, now(), now())`);
    for (let index = 0; index < 2; index += 1) request(token);
    // The connection that clients may read on is taken; those who come now wait for it while the process stops.
    await poll(async () => {
      const [row] = await db.sql<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where application_name = 'tsh-erp-api'
         and datname = current_database() and wait_event = 'PgSleep' and query_start < clock_timestamp() - interval '3 s'`,
      );
      return row?.n === 1;
    });
    const requests = Array.from({ length: 60 }, () => request(token));
    await Promise.all(requests.map((one) => new Promise((resolve) => one.once('ready', resolve))));
    await db.sql(
      `insert into event_outbox (name, entity_type, entity_id, data) select 'productChanged', 'product', gen_random_uuid()::text, '{"change":"updated","visible":true}' from generate_series(1, 100)`,
    );
    for (const one of requests.slice(0, 40)) one.destroy();
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill('SIGTERM');
    expect([await ended, output]).toEqual([0, expect.stringContaining('Stopped.')]);
  });
});
