/**
 * The advisory locks of the program, each held by one transaction until it ends; only `migrations` is held by a session.
 * The numbers stand here alone, so that no two meanings share one.
 */
const LOCKS = {
  migrations: 7_411_000,
  owners: 7_411_001,
  categoryTree: 7_411_003,
  priceListCodes: 7_411_004,
  books: 7_411_005,
  productCodes: 7_411_006,
  alerts: 7_411_054,
} as const;
export type LockName = keyof typeof LOCKS;

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Waits for the lock and holds it until the Tx ends; `shared` excludes only those who take it alone. */
export async function takeLock(run: Run, name: LockName, mode: 'alone' | 'shared' = 'alone'): Promise<void> {
  await run(`select pg_advisory_xact_lock${mode === 'shared' ? '_shared' : ''}($1::bigint)`, [LOCKS[name]]);
}

/** The same for one of many, such as the runs of one kind of entity; `scope` keeps their texts apart. */
export async function takeKeyedLock(run: Run, scope: 'sync-run' | 'deployment', key: string): Promise<void> {
  await run('select pg_advisory_xact_lock(hashtext($1))', [`${scope}:${key}`]);
}

/** Statements for a session of its own: migrations run one process at a time, longer than a transaction. */
export const MIGRATION_LOCK = {
  take: `select pg_advisory_lock(${LOCKS.migrations})`,
  release: `select pg_advisory_unlock(${LOCKS.migrations})`,
} as const;
