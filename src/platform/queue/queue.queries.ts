import type { Retention } from './retention.js';

export const queueRetention: readonly Retention[] = [
  {
    table: 'tds_sync_queue',
    old: `status = any (array['completed'::text, 'dead_letter'::text]) and queued_at < now() - interval '30 days'`,
    age: 'queued_at',
  },
  { table: 'tds_sync_attempts', old: `ended_at < now() - interval '30 days'`, age: 'ended_at' },
];
