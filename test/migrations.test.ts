import 'reflect-metadata';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { checksumFaults, readChecksums, seal } from '../migrations/checksums.js';
import { migrations } from '../migrations/list.js';
import { migrate } from '../src/database.js';
import { sqlMigration } from '../src/platform/db/migration.js';
import { modules } from '../src/modules.js';
import { openDatabase } from '../src/platform/db/orm.js';
import { createTestDatabase } from './support/database.js';
import { temporaryFolder } from './support/folder.js';

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

  test('every table has an entity, so none is left out of the comparison', async () => {
    const { t, db } = await open(false);
    const tables = await t.sql<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'migrations'`,
    );
    const entities = [...db.orm.getMetadata().getAll().values()].map((meta) => meta.tableName);
    expect(entities.sort()).toEqual(tables.map((row) => row.name).sort());
  });

  test('a table that no entity describes is found by the comparison', async () => {
    const { t, db } = await open(false);
    await t.sql('create table forgotten (id int primary key)');
    expect(await db.orm.schema.getUpdateSchemaSQL({ wrap: false })).toContain('drop table if exists "forgotten"');
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

  test('are sealed: none was changed after its checksum was written down', () => {
    expect(checksumFaults(migrations, readChecksums())).toEqual([]);
  });

  test('a changed, a new and a missing migration each have their line', () => {
    const one = sqlMigration('20000101000000-one', ['select 1']);
    const two = sqlMigration('20000102000000-two', ['select 2']);
    const file = path.join(temporaryFolder('seal'), 'checksums.json');
    writeFileSync(file, '{}');
    expect(checksumFaults([one], readChecksums(file))).toEqual([
      '20000101000000-one is not sealed. Run: npm run migration:seal',
    ]);
    expect(seal([one, two], file)).toEqual([one.name, two.name]);
    expect(checksumFaults([one, two], readChecksums(file))).toEqual([]);
    const changed = sqlMigration(one.name, ['select 11']);
    expect(seal([changed], file)).toEqual([]);
    expect(checksumFaults([changed], readChecksums(file))).toEqual([
      '20000101000000-one was changed after it was sealed. Undo that, and add a migration instead.',
      '20000102000000-two was sealed and is gone.',
    ]);
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
