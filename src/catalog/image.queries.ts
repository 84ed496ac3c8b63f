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

export interface WantedImage {
  id: string;
  sourceRef: string;
  /** The product's, at the source. */
  productRef: string;
}

const WANTED = `i.source_ref not like 'sha256:%' and i.fetched_ref is distinct from i.source_ref
  and (i.next_fetch_at is null or i.next_fetch_at <= now())`;

/** Images of the source that are new or have changed since they were last asked for, of products that are not gone. */
export function listWantedImages(run: Run, limit: number): Promise<WantedImage[]> {
  return run<WantedImage>(
    `select i.id, i.source_ref as "sourceRef", p.external_ref as "productRef"
     from product_images i join products p on p.id = i.product_id
     where ${WANTED} and p.external_ref is not null and p.archived_at is null order by i.id limit $1`,
    [limit],
  );
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
