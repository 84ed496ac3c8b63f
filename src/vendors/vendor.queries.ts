import { normaliseText } from '../kernel/normalise.js';
import type { Database } from '../platform/db/orm.js';
import type { Tx } from '../platform/db/transact.js';
import { type Ask, type ListSpec, type NestedColumn, nestedRow } from '../platform/graphql/connections.js';
import { escapeLike, type Params } from '../platform/graphql/filters.js';

type Run = Tx['sql'];

export const vendorList: ListSpec = {
  from: 'vendors v',
  idSql: 'v.id',
  always: { id: 'v.id', currency: 'v.currency' },
  columns: {
    code: 'v.code',
    externalRef: 'v.external_ref',
    name: 'v.name',
    nameAr: 'v.name_ar',
    phone: 'v.phone',
    email: 'v.email',
    paymentTermsDays: 'v.payment_terms_days',
    notes: 'v.notes',
    version: 'v.version',
    createdAt: 'v.created_at',
    archivedAt: 'v.archived_at',
  },
  orders: { NAME_ASC: { sql: 'v.name collate "C"', type: 'text', direction: 'asc' } },
};

export const vendorColumn =
  (vendorId: string) =>
  (ask: Ask): NestedColumn =>
    nestedRow(vendorList, ask, `v.id = ${vendorId}`);

const MAX_WORDS = 8;

/** Every word must occur in name, Arabic name, code, phone or e-mail. A company has some hundred vendors: no index. */
export function vendorSearch(question: string, params: Params): string {
  const words = normaliseText(question).split(' ').filter(Boolean).slice(0, MAX_WORDS);
  return words.map((word) => `v.search_text like ${params.add(`%${escapeLike(word)}%`)}`).join(' and ') || 'true';
}

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
