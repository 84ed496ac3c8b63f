import { rowFilters } from './list-filters.js';
import type { SimulatedRecord } from './records.js';
import type { Switches } from './switches.js';
import type { Writes } from './writes/writes.js';

export type Product = 'books' | 'inventory';
export type Body = Record<string, unknown>;

/** One module of Zoho: how its paths and bodies are called, and its records. */
export interface Resource<One extends SimulatedRecord = SimulatedRecord> {
  /** In the path, and the last part of it the key of a page: `items`, `settings/taxes`. */
  name: string;
  /** The key of a page where it is another one. */
  list?: string;
  /** The key of one record: `item`. */
  object: string;
  report: string;
  missing: string;
  products: readonly Product[];
  alive(): readonly One[];
  find(id: string): One | undefined;
  idOf(record: One): string;
  listRow(record: One, product: Product): Body;
  detail(record: One, product: Product): Body;
  sortKey(record: One, column: string): string | number;
  /** By name, upwards, if nothing else is said. */
  defaultSort?: readonly [column: string, order: 'A' | 'D'];
  /** Whether the list can be asked for what has changed since a time. */
  knowsSince(product: Product): boolean;
  /** Fields of a row by which the list can be filtered. */
  filters?: readonly string[];
  /** Further filters of the list. */
  matches?(record: One, query: URLSearchParams): boolean;
  /** What `filter_by` says if nobody does; `Status.All` elsewhere. */
  defaultFilter?: string;
  hasStatus?(record: One, filter: string, product: Product): boolean;
  /** Lists of settings say less about their page, and some nothing. */
  pageContext?: 'whole' | 'short' | 'none';
  /** What the page of this list says beside. */
  moreContext?(): Body;
  /** What calls can do to its records. */
  writes?: Writes<One>;
  /** `GET /itemdetails?item_ids=`: full records in bulk. */
  bulk?: { name: string; ids: string; body(record: One): Body };
  /** `GET /items/:id/image`: bytes, or nothing. */
  image?(record: One): { type: string; bytes: Buffer } | null;
  /** A file came, or went. */
  imageChanged?(record: One, present: boolean): void;
}

export const listKey = ({ list, name }: Pick<Resource, 'list' | 'name'>): string => list ?? name.replace(/^.*\//, '');

const MAX_PAGE = 200;

const whole = (text: string | null, fallback: number): number => Number(text ?? fallback) || fallback;

/** A page of a list as Zoho answers it. */
export function listBody(resource: Resource, product: Product, query: URLSearchParams, switches: Switches): Body {
  const page = Math.max(1, whole(query.get('page'), 1));
  const perPage = Math.min(MAX_PAGE, Math.max(1, whole(query.get('per_page'), MAX_PAGE)));
  const [defaultColumn, defaultOrder] = resource.defaultSort ?? ['name', 'A'];
  const column = query.get('sort_column') ?? defaultColumn;
  const order = query.get('sort_order') ?? (query.has('sort_column') ? 'A' : defaultOrder);
  const filter = query.get('filter_by') ?? resource.defaultFilter ?? 'Status.All';
  const found = sorted(resource, column, order, selected(resource, product, query, filter, switches));
  const rows = found.slice((page - 1) * perPage, page * perPage);
  const context = {
    page,
    per_page: perPage,
    has_more_page: page * perPage < found.length,
    report_name: resource.report,
  };
  const whereabouts = { applied_filter: filter, custom_fields: [], sort_column: column, sort_order: order };
  const kind = resource.pageContext ?? 'whole';
  return {
    code: 0,
    message: 'success',
    [listKey(resource)]: rows.map((record) => resource.listRow(record, product)),
    ...(kind === 'none'
      ? {}
      : { page_context: kind === 'short' ? context : { ...context, ...whereabouts, ...resource.moreContext?.() } }),
  };
}

function selected(
  resource: Resource,
  product: Product,
  query: URLSearchParams,
  filter: string,
  switches: Switches,
): SimulatedRecord[] {
  const tests = rowFilters(query, resource.filters ?? []);
  const hasStatus = resource.hasStatus ?? statusByActivity;
  return resource
    .alive()
    .filter((record) => hasStatus(record, filter, product) && (resource.matches?.(record, query) ?? true))
    .filter(
      changedSince(
        resource.knowsSince(product) || switches.sinceEverywhere ? query.get('last_modified_time') : null,
        switches,
      ),
    )
    .filter((record) => {
      if (tests.length === 0) return true;
      const row = resource.listRow(record, product);
      return tests.every((test) => test(row));
    });
}

function sorted(resource: Resource, column: string, order: string, records: SimulatedRecord[]): SimulatedRecord[] {
  return [...records].sort((a, b) => {
    const [x, y] = [resource.sortKey(a, column), resource.sortKey(b, column)];
    const by = x < y ? -1 : x > y ? 1 : resource.idOf(a) < resource.idOf(b) ? -1 : 1;
    return order === 'D' ? -by : by;
  });
}

const statusByActivity = (record: SimulatedRecord, filter: string): boolean =>
  filter === 'Status.Active' ? record.active : filter === 'Status.Inactive' ? !record.active : true;

function changedSince(since: string | null, { sinceIsInclusive }: Switches): (record: SimulatedRecord) => boolean {
  if (!since) return () => true;
  const bound = Date.parse(since.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return ({ modifiedMs }) => (sinceIsInclusive ? modifiedMs >= bound : modifiedMs > bound);
}
