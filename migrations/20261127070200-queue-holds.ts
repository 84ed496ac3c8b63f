import { sqlMigration } from '../src/platform/db/migration.js';

/** Work on records of these types waits in the queue until it is resumed. */
export const queueHolds = sqlMigration('20261127070200-queue-holds', [
  `create table queue_holds (
     entity_type text primary key,
     reason text not null,
     held_by text not null,
     held_at timestamptz not null default now()
   )`,
]);
