import { sha256Hex } from '../kernel/hash.js';
import { newId } from '../kernel/ids.js';
import { computed, read, type RowOf } from '../platform/read/definition.js';
import { sql } from '../platform/read/sql.js';
import { SyncIssue } from './issue.entity.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface MetError {
  itemId: string;
  kind: string;
  entityType: string | null;
  code: string;
  message: string;
  appVersion: string;
  deploymentId: string | null;
}

/** The message without its values, so that errors that differ only in the record are one. */
export const patternOf = (message: string): string =>
  message
    .replace(/"[^"]*"|'[^']*'/g, '?')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '?')
    .replace(/\b\S*\d\S*/g, '?')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500);

export const fingerprintOf = ({ kind, entityType, code, message }: Omit<MetError, 'itemId'>): string =>
  sha256Hex([kind, entityType ?? '', code, patternOf(message)].join('\n')).slice(0, 32);

/** Counts the error in its issue, and names the issue in the item; answers it when it is new or open again. */
export async function recordIssue(run: Run, met: MetError): Promise<string | null> {
  const [row] = await run<{ id: string; turned: boolean }>(
    `with before as (select status from sync_issues where fingerprint = $2),
     met as (
       insert into sync_issues as i (id, fingerprint, kind, entity_type, error_code, error_message, first_seen_version,
         first_seen_deployment_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (fingerprint) do update set count = i.count + 1, last_seen_at = now(),
         error_message = excluded.error_message, status = case i.status when 'resolved' then 'open' else i.status end
       returning i.id
     ), named as (update tds_sync_queue q set issue_id = met.id from met where q.id = $9)
     select met.id, coalesce((select status = 'resolved' from before), true) as turned from met`,
    [
      newId(),
      fingerprintOf(met),
      met.kind,
      met.entityType,
      met.code,
      met.message,
      met.appVersion,
      met.deploymentId,
      met.itemId,
    ],
  );
  return row?.turned ? row.id : null;
}

export const issueRead = read(SyncIssue, {
  fields: {
    openItems: computed(
      (issue) => sql`(select count(*)::int from tds_sync_queue q where q.issue_id = ${issue.id}
        and q.status <> 'completed')`,
    ),
  },
});

export type IssueRow = RowOf<typeof issueRead>;
