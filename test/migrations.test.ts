import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { migrations } from '../migrations/list.js';
import { migrate } from '../src/database.js';
import { sqlMigration } from '../src/platform/db/migration.js';
import { modules } from '../src/modules.js';
import { openDatabase, SQL_ONLY_TABLES } from '../src/platform/db/orm.js';
import { createTestDatabase } from './support/database.js';

describe('migrations', () => {
  const opened: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(opened.map((close) => close())));
  const open = async (empty: boolean) => {
    const t = await createTestDatabase({ empty });
    const db = await openDatabase({
      url: t.url,
      poolMax: 5,
      applicationName: 'migrations',
      entities: modules.flatMap((module) => module.entities),
      migrations,
    });
    opened.push(async () => {
      await db.close();
      await t.drop();
    });
    return { t, db };
  };

  test('run from empty, once, also when two processes start at the same time', async () => {
    const { db } = await open(true);
    const ran = await Promise.all([migrate(db), migrate(db)]);
    expect(ran.flat()).toEqual(migrations.map(({ name }) => name));
    expect(await migrate(db)).toEqual([]);
  });

  test('end in exactly what the entities say', async () => {
    const { db } = await open(false);
    expect(await db.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
  });

  test('every table is either an entity or named as one that only SQL writes', async () => {
    const { t } = await open(false);
    const tables = await t.sql<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const entities = modules.flatMap((module) => module.entities).length;
    const rest = tables
      .map((row) => row.name)
      .filter((name) => name !== 'migrations' && !SQL_ONLY_TABLES.includes(name));
    expect(rest.length).toBe(entities);
    expect(tables.map((row) => row.name)).toEqual(expect.arrayContaining(SQL_ONLY_TABLES));
  });

  test('may take longer than a request: no statement of one has the time-out of the pool', async () => {
    const { t } = await open(true);
    const slow = sqlMigration('20000101000000-slow', [
      `create table seen as select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`,
    ]);
    const options = { url: t.url, poolMax: 2, applicationName: 'slow', entities: [], migrations: [slow] };
    const db = await openDatabase(options);
    try {
      expect(await migrate(db)).toEqual([slow.name]);
      // A migration that waits for a lock holds everybody up behind it, so it gives up as a request does.
      expect(await t.sql('select * from seen')).toEqual([{ statement: '0', lock: '5s' }]);
      expect(await db.read(`select current_setting('statement_timeout') as statement`)).toEqual([{ statement: '10s' }]);
    } finally {
      await db.close();
    }
  });

  test('are listed in order, and every file is in the list', () => {
    const names = migrations.map(({ name }) => name);
    expect([...names].sort()).toEqual(names);
    expect(
      readdirSync('migrations')
        .filter((file) => /^\d/.test(file))
        .map((file) => file.replace('.ts', '')),
    ).toEqual(names);
  });

  test('the tds_ tables have the columns that the operators query', async () => {
    const { t } = await open(false);
    const rows = await t.sql<{ t: string; c: string }>(
      `select table_name as t, column_name as c from information_schema.columns where table_name like 'tds_%'`,
    );
    const columns = (table: string) => rows.filter((row) => row.t === table).map((row) => row.c);
    expect(columns('tds_inbox_events')).toEqual(
      expect.arrayContaining([
        'id',
        'event_id',
        'source_type',
        'entity_type',
        'entity_id',
        'event_type',
        'raw_payload',
        'received_at',
        'processed_at',
        'status',
      ]),
    );
    expect(columns('tds_sync_queue')).toEqual(
      expect.arrayContaining([
        'id',
        'inbox_event_id',
        'entity_type',
        'entity_id',
        'zoho_entity_id',
        'priority',
        'status',
        'retry_count',
        'error_message',
        'queued_at',
        'processing_started_at',
        'processing_completed_at',
      ]),
    );
    expect(columns('tds_sync_runs')).toEqual(
      expect.arrayContaining([
        'id',
        'run_type',
        'entity_type',
        'source_type',
        'status',
        'total_items',
        'processed_items',
        'failed_items',
        'started_at',
        'completed_at',
        'error_log',
      ]),
    );
  });
});
