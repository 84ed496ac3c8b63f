import { read, type RowOf } from '../platform/read/definition.js';
import { LEASE_SECONDS } from '../platform/queue/backoff.js';
import { WAITING } from '../platform/queue/enqueue.js';
import type { AlertRule } from './alert-rules.js';
import { SyncAlert } from './alert.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export const alertRead = read(SyncAlert);
export type AlertRow = RowOf<typeof alertRead>;

const SETTING = 'sync_alert_rules';
const ERROR_WINDOW = `interval '15 minutes'`;
/** Of a handful of tries one that failed is no rate. */
const MIN_TRIES = 20;

/** The figure of each rule, as it is now. Paused entities wait because somebody wants it. */
export async function measureAlerts(run: Run): Promise<Record<AlertRule, number>> {
  const [row] = await run<Record<AlertRule, number>>(
    `select
       (select count(*) from tds_sync_queue q where not q.system and q.${WAITING})::float8 as pending,
       coalesce((select case when count(*) >= ${MIN_TRIES}
         then 100.0 * count(*) filter (where a.result = any (array['failed'::text, 'dead_letter'::text, 'lost'::text]))
           / count(*) end
         from tds_sync_attempts a where a.ended_at > now() - ${ERROR_WINDOW} and a.result <> 'snoozed'), 0)::float8
         as "errorPercent",
       (select count(*) from tds_sync_queue q where not q.system and q.status = 'dead_letter')::float8 as dead,
       coalesce((select extract(epoch from now() - min(q.queued_at)) / 60 from tds_sync_queue q
         where not q.system and q.${WAITING}
           and not exists (select 1 from queue_holds h where h.entity_type = q.entity_type)), 0)::float8 as "lagMinutes",
       (select case when count(*) = 0 then 1 else 0 end from queue_workers w
         where w.heartbeat_at > clock_timestamp() - interval '${LEASE_SECONDS} seconds')::float8 as "workerSilent",
       (select count(*) from zoho_tokens t where t.last_error is not null and t.last_error <> 'throttled'
         and t.blocked_until > clock_timestamp() - interval '1 minute' and t.last_error !~ '^(no answer|status 5)')::float8
         as "tokenInvalid"`,
  );
  if (!row) throw new Error('The figures of the alerts cannot be read.');
  return row;
}

export async function readAlertSetting(run: Run): Promise<unknown> {
  const [row] = await run<{ value: unknown }>('select value from settings where key = $1', [SETTING]);
  return row?.value ?? null;
}

export async function writeAlertSetting(run: Run, value: object): Promise<void> {
  await run(
    `insert into settings (key, value) values ($1, $2::jsonb)
     on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [SETTING, JSON.stringify(value)],
  );
}
