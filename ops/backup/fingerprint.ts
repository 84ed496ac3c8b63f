import type pg from 'pg';

/** What a database holds, in a form that can be compared after a restore. */
export interface Fingerprint {
  tables: TableFingerprint[];
  /** Names of columns with types, indexes, constraints, triggers, functions, views, sequences and enums, hashed. */
  schema: string;
  /** Sequences go on while a dump runs, so a restored one may be ahead, never behind. */
  sequences: Record<string, string>;
}

export interface TableFingerprint {
  /** Schema and name, quoted where they need it. */
  name: string;
  rows: number;
  /** Of the sums of both halves of every row's md5: independent of order, so nothing is sorted. */
  md5: string;
}

/** Text forms depend on these; both sides of a comparison must agree. */
const SESSION = [
  `set timezone = 'UTC'`,
  `set datestyle = 'ISO, YMD'`,
  `set intervalstyle = 'postgres'`,
  `set extra_float_digits = 3`,
  `set bytea_output = 'hex'`,
  `set search_path = pg_catalog`,
  `set statement_timeout = 0`,
  `set idle_in_transaction_session_timeout = 0`,
];

const OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;
const notOfExtension = (catalog: string, column: string): string =>
  `not exists (select 1 from pg_depend x where x.classid = '${catalog}'::regclass and x.objid = ${column} and x.deptype = 'e')`;

const TABLES = `
  select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and c.relpersistence <> 't' and ${OURS} and ${notOfExtension('pg_class', 'c.oid')}
  order by 1`;

const rowsOf = (table: string): string => `
  select count(*)::int8 as rows,
    md5(concat_ws(':', count(*), coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::int8::numeric), 0),
      coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::int8::numeric), 0))) as md5
  from (select md5((this_row.*)::text) as h from ${table} this_row) hashed`;

// Expressions are not compared: Postgres may write the same one in another way after it was read again.
const SCHEMA = `
  select md5(coalesce(string_agg(line, e'\\n' order by line collate "C"), '')) as md5 from (
    select concat_ws(' ', 'column', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.atthasdef, a.attidentity, a.attgenerated) as line
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm') and ${OURS}
        and ${notOfExtension('pg_class', 'c.oid')}
    union all select concat_ws(' ', 'relation', c.relkind, n.nspname, c.relname, c.relpersistence)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${OURS} and ${notOfExtension('pg_class', 'c.oid')}
    union all select concat_ws(' ', 'constraint', n.nspname, k.conname, k.contype, k.convalidated)
      from pg_constraint k join pg_namespace n on n.oid = k.connamespace where ${OURS}
    union all select concat_ws(' ', 'trigger', n.nspname, c.relname, t.tgname, t.tgenabled)
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where not t.tgisinternal and ${OURS}
    union all select concat_ws(' ', 'function', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), md5(p.prosrc))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} and ${notOfExtension('pg_proc', 'p.oid')}
    union all select concat_ws(' ', 'enum', n.nspname, t.typname, e.enumlabel, e.enumsortorder)
      from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace where ${OURS}
    union all select concat_ws(' ', 'extension', x.extname) from pg_extension x
  ) lines`;

const SEQUENCES = `
  select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value, start_value - increment_by)::text as last
  from pg_sequences n where schemaname !~ '^pg_' order by 1`;

/** Takes the fingerprint in the session's present transaction, and so in its snapshot. */
export async function takeFingerprint(client: pg.ClientBase): Promise<Fingerprint> {
  for (const setting of SESSION) await client.query(setting);
  const sequences = await client.query<{ name: string; last: string }>(SEQUENCES);
  const [schema] = (await client.query<{ md5: string }>(SCHEMA)).rows;
  const tables: TableFingerprint[] = [];
  for (const { name } of (await client.query<{ name: string }>(TABLES)).rows) {
    const [row] = (await client.query<{ rows: string; md5: string }>(rowsOf(name))).rows;
    tables.push({ name, rows: Number(row?.rows), md5: row?.md5 ?? '' });
  }
  return {
    tables,
    schema: schema?.md5 ?? '',
    sequences: Object.fromEntries(sequences.rows.map(({ name, last }) => [name, last])),
  };
}

/** What a restored database has otherwise than the one that was dumped; empty when they are the same. */
export function differences(dumped: Fingerprint, restored: Fingerprint): string[] {
  const faults: string[] = [];
  const there = new Map(restored.tables.map((table) => [table.name, table]));
  for (const { name, rows, md5 } of dumped.tables) {
    const other = there.get(name);
    there.delete(name);
    if (!other) faults.push(`table ${name} is missing`);
    else if (other.rows !== rows) faults.push(`table ${name} has ${other.rows} rows instead of ${rows}`);
    else if (other.md5 !== md5) faults.push(`table ${name} has ${rows} rows, but not the same ones`);
  }
  for (const name of there.keys()) faults.push(`table ${name} was not in the dump`);
  for (const [name, last] of Object.entries(dumped.sequences)) {
    const now = restored.sequences[name];
    if (now === undefined) faults.push(`sequence ${name} is missing`);
    else if (BigInt(now) < BigInt(last)) faults.push(`sequence ${name} went back from ${last} to ${now}`);
  }
  if (dumped.schema !== restored.schema) {
    faults.push('columns, indexes, constraints, triggers or functions are not the same');
  }
  return faults;
}
