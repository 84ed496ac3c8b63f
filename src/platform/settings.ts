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
