import { sqlMigration } from '../src/platform/db/migration.js';
import { keepCount } from './frozen/keep-count.js';

/**
 * Counts that lists show, kept as the sum of rows that only arrive: a writer adds its difference in its own Tx and waits
 * for nobody, so the sum is exact at every snapshot and two writers cannot lock each other. Folded now and then.
 */
export const keptCounts = sqlMigration('20261120001300-kept-counts', [
  `create table kept_counts (
      id bigint generated always as identity primary key,
      name text not null,
      n bigint not null
    )`,
  `create index kept_counts_name on kept_counts (name)`,
  ...keepCount('products', 'products', null),
  ...keepCount('customers', 'customers.open', 'archived_at is null'),
  ...keepCount('stock_movements', 'stock_movements', null),
  ...keepCount('stock_levels', 'stock_levels', null),
  ...keepCount('price_changes', 'price_changes', null),
  `create table record_metadata (
      entity_type text not null,
      entity_id uuid not null,
      key text not null,
      value text not null,
      updated_at timestamptz not null default now(),
      primary key (entity_type, entity_id, key)
    )`,
  `create index record_metadata_key on record_metadata (entity_type, key, value) where (length(value) <= 200)`,
]);
