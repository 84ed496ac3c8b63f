import type { Outcome } from '../platform/queue/job.js';
import type { InboxSource, InboxStatus } from './inbox/inbox-event.entity.js';
import type { DeliveryEvent } from './inbox/delivery.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

export interface StoredDelivery {
  id: string;
  event: DeliveryEvent;
  source: InboxSource;
  status: InboxStatus;
  outcome: Outcome | null;
  rawBody: Uint8Array;
  contentType: string | null;
  sourceModifiedAt: Date | null;
  receivedAt: Date;
}

/** The latest deliveries of a record up to a time, the oldest first. */
export async function readDeliveriesOf(
  run: Run,
  record: { entityType: string; remoteId: string; until: Date | null },
  limit: number,
): Promise<StoredDelivery[]> {
  const rows = await run<StoredDelivery>(
    `select id, event_type as event, source_type as source, status, outcome, raw_payload as "rawBody",
       content_type as "contentType", source_modified_at as "sourceModifiedAt", received_at as "receivedAt"
     from tds_inbox_events
     where entity_type = $1 and entity_id = $2 and received_at <= coalesce($3::timestamptz, 'infinity')
     order by received_at desc, id desc limit $4`,
    [record.entityType, record.remoteId, record.until, limit],
  );
  return rows.reverse();
}

/** One stored body; null when retention took it. */
export async function readDeliveryById(
  run: Run,
  id: string,
): Promise<(Pick<StoredDelivery, 'rawBody' | 'contentType'> & { entityType: string }) | null> {
  const [row] = await run<Pick<StoredDelivery, 'rawBody' | 'contentType'> & { entityType: string }>(
    `select entity_type as "entityType", raw_payload as "rawBody", content_type as "contentType"
     from tds_inbox_events where id = $1`,
    [id],
  );
  return row ?? null;
}
