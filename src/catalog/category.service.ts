import { now } from '../kernel/clock.js';
import { foldText } from '../kernel/fold.js';
import { newId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';

/**
 * The category of this name, made if there is none; names that fold to the same text are the same. Runs in its own
 * short Tx before the product's: a product's Tx never touches a shared parent, so two products cannot deadlock on it.
 */
export async function ensureCategory(tx: Tx, name: string): Promise<string> {
  const folded = foldText(name);
  const [known] = await tx.sql<{ id: string }>('select id from categories where folded_name = $1', [folded]);
  if (known) return known.id;
  const id = newId();
  const [made] = await tx.sql<{ id: string }>(
    `insert into categories (id, name, folded_name, created_at) values ($1, $2, $3, $4)
     on conflict (folded_name) do nothing returning id`,
    [id, name.trim(), folded, now()],
  );
  if (made) {
    tx.audit({ entityType: 'Category', entityId: id, action: 'create', changes: { name: [null, name.trim()] } });
    return id;
  }
  const [raced] = await tx.sql<{ id: string }>('select id from categories where folded_name = $1', [folded]);
  if (!raced) throw new Error('The category vanished between two statements.');
  return raced.id;
}
