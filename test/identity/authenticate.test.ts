import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAuthenticator, type Authenticator } from '../../src/identity/authenticate.js';
import type { Database } from '../../src/platform/db/orm.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

describe('who is asking', () => {
  let t: TestApp;
  let client: TestClient;
  let reads = 0;
  /** What a read of the database waits for behind its result; a slow network, as far as the reader can tell. */
  let delivery: Promise<void> = Promise.resolve();
  beforeAll(async () => {
    t = await startTestApp();
  });
  afterAll(() => t.stop());

  const authenticator = (): Authenticator => {
    const { db, tokens } = t.app.services;
    const slow: Database = {
      ...db,
      async read<Row>(text: string, params?: readonly unknown[]): Promise<Row[]> {
        reads += 1;
        const rows = await db.read<Row>(text, params);
        await delivery;
        return rows;
      },
    };
    const rowScopeOf = () => Promise.resolve({ customerId: null, salespersonId: null } as never);
    return createAuthenticator({ db: slow, tokens, deployToken: null, rowScopeOf });
  };

  test('a crowd of requests of one session asks the database once', async () => {
    client = await t.as('VIEWER');
    const who = authenticator();
    reads = 0;
    const viewers = await Promise.all(Array.from({ length: 100 }, () => who.viewerOf(`Bearer ${client.token}`)));
    expect(new Set(viewers).size).toBe(1);
    expect(reads).toBe(1);
  });

  test('what was read before a session ended is not kept and not given to whoever asks after its end', async () => {
    client = await t.as('CASHIER');
    const who = authenticator();
    let deliver: () => void = () => undefined;
    delivery = new Promise((resolve) => (deliver = resolve));
    reads = 0;
    const before = who.viewerOf(`Bearer ${client.token}`);
    while (reads === 0) await new Promise((resolve) => setImmediate(resolve));
    // The read has its row when the session ends behind it.
    const [session] = await t.db.sql<{ id: string }>(
      `select s.id from sessions s join users u on u.id = s.user_id where u.role = 'CASHIER' and s.ended_at is null`,
    );
    await t.db.sql('update sessions set ended_at = now() where id = $1', [session?.id]);
    who.onEvent({ name: 'sessionEnded', entityType: 'session', entityId: session?.id } as never);
    const after = who.viewerOf(`Bearer ${client.token}`);
    deliver();
    expect((await before).kind).toBe('user');
    await expect(after).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(who.viewerOf(`Bearer ${client.token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
