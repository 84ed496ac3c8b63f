import { businessDate } from '../kernel/clock.js';
import { normaliseText } from '../kernel/normalise.js';
import type { Database } from '../platform/db/orm.js';
import type { Tx } from '../platform/db/transact.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { read, type RowOf } from '../platform/read/definition.js';
import { readByIds } from '../platform/read/page.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { all, escapeLike, type Sql, sql } from '../platform/read/sql.js';
import { Vendor } from './vendor.entity.js';

type Run = Tx['sql'];

export const vendorRead = read(Vendor, { always: ['currency'] });

export type VendorRow = RowOf<typeof vendorRead>;

export const vendorById = defineLoader<string, VendorRow>('vendorById', ({ db, config }, ids, viewer) =>
  readByIds({ viewer, today: businessDate(config.timeZone), read: db.read }, vendorRead, ids),
);

export const isOpenVendor = (vendor: Columns<Vendor>): Sql => sql`${vendor.archivedAt} is null`;

const MAX_WORDS = 8;

/** Every word must occur in name, Arabic name, code, phone or e-mail. A company has some hundred vendors: no index. */
export const vendorSearch =
  (question: string) =>
  (vendor: Columns<Vendor>): Sql => {
    const words = normaliseText(question).split(' ').filter(Boolean).slice(0, MAX_WORDS);
    return all(words.map((word) => sql`${vendor.searchText} like ${`%${escapeLike(word)}%`}`));
  };

/** The next free number of a vendor's code; gaps are no harm here. */
export async function takeVendorNumber(run: Run): Promise<number> {
  const [row] = await run<{ n: unknown }>(`select nextval('vendor_numbers') as n`);
  return Number(row?.n);
}

/** The ids at the source of all vendors that are alive here. */
export async function listVendorRefs(db: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await db.read<{ ref: string }>(
    'select v.external_ref as ref from vendors v where v.external_ref is not null and v.archived_at is null',
  );
  return rows.map((row) => row.ref);
}
