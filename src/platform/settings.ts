import { businessDate } from '../kernel/clock.js';
import { PHASES, type Phase } from '../kernel/ownership.js';
import type { Transact } from './db/transact.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** The phase of the migration is a row, because two colours with different settings would disagree about it. */
export async function currentPhase(run: Run): Promise<Phase> {
  const [row] = await run<{ value: Phase }>(`select value #>> '{}' as value from settings where key = 'sync_phase'`);
  return row && PHASES.includes(row.value) ? row.value : 'parallel';
}

/** The setting only seeds the row on an empty database; the change is audited like any other. */
export async function seedPhase(transact: Transact, phase: Phase): Promise<void> {
  await transact({ origin: 'system', actor: 'system' }, async (tx) => {
    const made = await tx.sql(
      `insert into settings (key, value) values ('sync_phase', to_jsonb($1::text)) on conflict do nothing returning key`,
      [phase],
    );
    if (made.length > 0) {
      tx.audit({ entityType: 'Setting', entityId: 'sync_phase', action: 'create', changes: { value: [null, phase] } });
    }
  });
}

/** The zone of the organisation in a statement. */
export const TIME_ZONE = `(select value #>> '{}' from settings where key = 'time_zone')`;

/** The business day for work that nobody asked for, such as a report of another system. */
export async function currentDay(run: Run): Promise<string> {
  const [row] = await run<{ zone: string | null }>(`select ${TIME_ZONE} as zone`);
  return businessDate(row?.zone ?? 'UTC');
}

/** The configuration says the zone; the row is for statements and for work without a configuration. */
export async function saveTimeZone(transact: Transact, zone: string): Promise<void> {
  await transact({ origin: 'system', actor: 'system' }, async (tx) => {
    const made = await tx.sql<{ before: string | null }>(
      `insert into settings (key, value) values ('time_zone', to_jsonb($1::text))
       on conflict (key) do update set value = excluded.value where settings.value <> excluded.value
       returning (select s.value #>> '{}' from settings s where s.key = 'time_zone') as before`,
      [zone],
    );
    const [row] = made;
    if (!row) return;
    const action = row.before === null ? 'create' : 'update';
    tx.audit({ entityType: 'Setting', entityId: 'time_zone', action, changes: { value: [row.before, zone] } });
  });
}
