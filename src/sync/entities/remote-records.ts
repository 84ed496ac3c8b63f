import { businessDate, parseInstant } from '../../kernel/clock.js';
import type { Services } from '../../platform/module.js';
import { isGone } from '../zoho/zoho-errors.js';
import { zohoTime } from '../zoho/zoho-time.js';
import type { ListedPage, ListRequest, RemoteRecords } from './entity-sync.js';

export type Row = Record<string, unknown>;

export interface RowPage {
  rows: Row[];
  hasMore: boolean;
}

const PAGE = 200;

/** One record, or null when the source says that there is none. */
export async function fetchRecord(
  services: Services,
  remote: RemoteRecords,
  remoteId: string,
  signal: AbortSignal,
): Promise<Row | null> {
  try {
    const body = await services.zoho.get(`${remote.path}/${encodeURIComponent(remoteId)}`, {}, signal);
    return (body[remote.object] as Row | undefined) ?? null;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

export async function listPage(
  services: Services,
  remote: RemoteRecords,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<RowPage> {
  const requested = { per_page: String(PAGE), filter_by: 'Status.All', ...remote.query, ...query };
  const body = await services.zoho.get(remote.path, requested, signal);
  const context = body['page_context'] as { has_more_page?: boolean } | undefined;
  return { rows: (body[remote.list] as Row[] | undefined) ?? [], hasMore: context?.has_more_page === true };
}

/** The next page of a list that can be asked for what has changed since a time. */
export function listChangedSince(
  services: Services,
  remote: RemoteRecords,
  { page, since }: ListRequest,
  signal: AbortSignal,
): Promise<RowPage> {
  const query = {
    page: String(page),
    // Oldest first: what is made meanwhile comes at the end, so no row slips between two pages.
    sort_column: since ? 'last_modified_time' : 'created_time',
    sort_order: 'A',
    ...(since ? { last_modified_time: zohoTime(since) } : {}),
  };
  return listPage(services, remote, query, signal);
}

/** The same of a list that can only be sorted: the latest changes first, and no page behind the time. */
export async function listLatestFirst(
  services: Services,
  remote: RemoteRecords,
  { page, since }: ListRequest,
  signal: AbortSignal,
): Promise<RowPage> {
  if (since === null) return listChangedSince(services, remote, { page, since }, signal);
  const query = { page: String(page), sort_column: 'last_modified_time', sort_order: 'D' };
  const { rows, hasMore } = await listPage(services, remote, query, signal);
  const fresh = rows.filter((row) => (modifiedAtOf(row)?.getTime() ?? Infinity) >= since.getTime());
  return { rows: fresh, hasMore: hasMore && fresh.length === rows.length };
}

export const modifiedAtOf = (row: Row): Date | null => parseInstant(row['last_modified_time']);

/** The business day in the organisation's zone, on which what changes in closed books is posted. */
export const todayOf = ({ config }: Services): string => businessDate(config.timeZone);

/** A page of documents as the list shows them, without lines: whatever is new or has changed is fetched by the pull. */
export async function listDocuments(
  services: Services,
  remote: RemoteRecords,
  request: ListRequest,
  signal: AbortSignal,
): Promise<ListedPage> {
  return pageOf(remote, await listChangedSince(services, remote, request, signal));
}

/**
 * The same of documents whose list knows neither a time of change to ask for nor to sort by: the latest made first, as far
 * as anything was made since. What was changed later comes by webhook, and with the next whole list.
 */
export async function listNewestFirst(
  services: Services,
  remote: RemoteRecords,
  { page, since }: ListRequest,
  signal: AbortSignal,
): Promise<ListedPage> {
  const query = { page: String(page), sort_column: 'created_time', sort_order: since ? 'D' : 'A' };
  const { rows, hasMore } = await listPage(services, remote, query, signal);
  if (since === null) return pageOf(remote, { rows, hasMore });
  const from = since.getTime();
  const isFresh = (row: Row): boolean => (modifiedAtOf(row)?.getTime() ?? Infinity) >= from;
  const isNew = (row: Row): boolean => (parseInstant(row['created_time'])?.getTime() ?? Infinity) >= from;
  return pageOf(remote, { rows: rows.filter(isFresh), hasMore: hasMore && rows.some(isNew) });
}

const pageOf = (remote: RemoteRecords, { rows, hasMore }: RowPage): ListedPage => ({
  hasMore,
  records: rows.map((row) => ({ remoteId: String(row[remote.id]), body: row, modifiedAt: modifiedAtOf(row) })),
});

/** A page of a list that tells no times and cannot be asked for what has changed. */
export async function listRows(
  services: Services,
  remote: RemoteRecords,
  { page }: ListRequest,
  signal: AbortSignal,
): Promise<ListedPage> {
  const { rows, hasMore } = await listPage(services, remote, { page: String(page) }, signal);
  return {
    hasMore,
    records: rows.map((row) => ({ remoteId: String(row[remote.id]), body: row, modifiedAt: null })),
  };
}
