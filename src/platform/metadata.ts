import { badInput } from '../kernel/errors.js';
import type { Tx } from './db/transact.js';
import { MetadataEntry } from './graphql/metadata.js';
import { objects, type FieldRead } from './read/definition.js';
import { raw, sql, type Sql } from './read/sql.js';
import { msg } from '../kernel/message.js';

/** What partners keep beside a record: text by a namespaced key. `null` takes a key away; others stay. */
export interface MetadataInput {
  key: string;
  value?: string | null | undefined;
}

const KEY = /^[a-z][a-z0-9-]{0,39}(\.[a-z0-9][a-z0-9_-]{0,39}){1,3}$/;
const MAX_VALUE = 2000;
const MAX_KEYS = 50;

/** The entries of a record, read in the statement of its row. */
export const metadataField = <E extends { id: string }>(entityType: string): FieldRead<E> =>
  objects<E>(MetadataEntry, (row) => ({
    from: sql`record_metadata md where md.entity_type = '${raw(entityType)}' and md.entity_id = ${(row as { id: Sql }).id}`,
    orderBy: raw('md.key'),
    fields: { key: raw('md.key'), value: raw('md.value'), updatedAt: raw('md.updated_at') },
  }));

/** Sets entries of one record that the caller has locked. Equal values are no change. Throws BAD_INPUT. */
export async function writeMetadata(
  tx: Tx,
  record: { entityType: string; auditType: string; id: string },
  entries: readonly MetadataInput[],
): Promise<void> {
  if (entries.length === 0 || entries.length > MAX_KEYS) throw badInput('entries', msg`Give 1 to ${MAX_KEYS} entries.`);
  if (new Set(entries.map((entry) => entry.key)).size < entries.length) {
    throw badInput('entries', msg`The same key appears twice.`);
  }
  entries.forEach(({ key, value }, index) => {
    if (!KEY.test(key)) {
      throw badInput(
        `entries.${index}.key`,
        msg`A key is namespaced: small letters, digits and dashes with dots between.`,
      );
    }
    if (value != null && value.length > MAX_VALUE) {
      throw badInput(`entries.${index}.value`, msg`At most ${MAX_VALUE} characters.`);
    }
  });
  const before = new Map(
    (
      await tx.sql<{ key: string; value: string }>(
        'select key, value from record_metadata where entity_type = $1 and entity_id = $2',
        [record.entityType, record.id],
      )
    ).map((row) => [row.key, row.value]),
  );
  const changed = entries.filter(({ key, value }) => (before.get(key) ?? null) !== (value ?? null));
  const put = changed.filter((entry) => entry.value != null);
  const gone = changed.filter((entry) => entry.value == null).map((entry) => entry.key);
  const added = put.filter((entry) => !before.has(entry.key)).length;
  if (before.size + added - gone.length > MAX_KEYS) throw badInput('entries', msg`A record holds ${MAX_KEYS} keys.`);
  if (changed.length === 0) return;
  await tx.sql(
    `with gone as (
       delete from record_metadata where entity_type = $1 and entity_id = $2 and key = any ($5::text[])
     )
     insert into record_metadata (entity_type, entity_id, key, value)
     select $1, $2, t.key, t.value from unnest($3::text[], $4::text[]) as t(key, value)
     on conflict (entity_type, entity_id, key) do update set value = excluded.value, updated_at = now()`,
    [record.entityType, record.id, put.map((entry) => entry.key), put.map((entry) => entry.value), gone],
  );
  tx.audit({
    entityType: record.auditType,
    entityId: record.id,
    action: 'update',
    changes: Object.fromEntries(
      changed.map(({ key, value }) => [`metadata.${key}`, [before.get(key) ?? null, value ?? null]]),
    ),
  });
}
