import { businessDate } from '../kernel/clock.js';
import type { Viewer } from '../kernel/viewer.js';
import { scopeText } from '../platform/read/page.js';
import { Params } from '../platform/read/sql.js';
import type { Services } from '../platform/module.js';
import { productRead } from './product.queries.js';

type Run = <Row>(text: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Whether this is the id of an image that is stored here, and under which hash. */
export async function findImageFile(run: Run, id: string): Promise<{ fileHash: string; productId: string } | null> {
  const [row] = await run<{ fileHash: string; productId: string }>(
    `select file_hash as "fileHash", product_id as "productId" from product_images where id = $1 and file_hash is not null`,
    [id],
  );
  return row ?? null;
}

/** Which of these hashes a product still names. */
export async function listNamedHashes(run: Run, hashes: readonly string[]): Promise<Set<string>> {
  const rows = await run<{ hash: string }>(
    'select distinct file_hash as hash from product_images where file_hash = any ($1::text[])',
    [hashes],
  );
  return new Set(rows.map((row) => row.hash));
}

export async function canSeeProduct({ db, config }: Services, viewer: Viewer, productId: string): Promise<boolean> {
  const params = new Params();
  const scope = scopeText(productRead, 'p', { viewer, today: businessDate(config.timeZone) }, params);
  const rows = await db.read(
    `select 1 from products p where p.id = ${params.add(productId)}::uuid and ${scope}`,
    params.values,
  );
  return rows.length > 0;
}
