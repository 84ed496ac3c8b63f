import type { SimulatedRecord } from './records.js';
import type { Switches } from './switches.js';

export type Product = 'books' | 'inventory';
export type Body = Record<string, unknown>;

/** One module of Zoho: how its paths and bodies are called, and its records. */
export interface Resource<One extends SimulatedRecord = SimulatedRecord> {
  /** In the path, and the key of a page: `items`. */
  name: string;
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
  /** Whether the list can be asked for what has changed since a time. */
  knowsSince(product: Product): boolean;
  /** Further filters of the list. */
  matches?(record: One, query: URLSearchParams): boolean;
  /** Takes a PUT. */
  change?(record: One, input: Body): void;
  /** `GET /itemdetails?item_ids=`: full records in bulk. */
  bulk?: { name: string; ids: string; body(record: One): Body };
}

const MAX_PAGE = 200;

const whole = (text: string | null, fallback: number): number => Number(text ?? fallback) || fallback;

/** A page of a list as Zoho answers it. */
export function listBody(resource: Resource, product: Product, query: URLSearchParams, switches: Switches): Body {
  const page = Math.max(1, whole(query.get('page'), 1));
  const perPage = Math.min(MAX_PAGE, Math.max(1, whole(query.get('per_page'), MAX_PAGE)));
  const column = query.get('sort_column') ?? 'name';
  const order = query.get('sort_order') === 'D' ? 'D' : 'A';
  const filter = query.get('filter_by') ?? 'Status.All';
  const found = resource
    .alive()
    .filter((record) => hasStatus(record, filter) && (resource.matches?.(record, query) ?? true))
    .filter(changedSince(resource.knowsSince(product) ? query.get('last_modified_time') : null, switches));
  const sorted = [...found].sort((a, b) => {
    const [x, y] = [resource.sortKey(a, column), resource.sortKey(b, column)];
    const by = x < y ? -1 : x > y ? 1 : resource.idOf(a) < resource.idOf(b) ? -1 : 1;
    return order === 'A' ? by : -by;
  });
  const rows = sorted.slice((page - 1) * perPage, page * perPage);
  return {
    code: 0,
    message: 'success',
    [resource.name]: rows.map((record) => resource.listRow(record, product)),
    page_context: {
      page,
      per_page: perPage,
      has_more_page: page * perPage < sorted.length,
      report_name: resource.report,
      applied_filter: filter,
      custom_fields: [],
      sort_column: column,
      sort_order: order,
    },
  };
}

const hasStatus = (record: SimulatedRecord, filter: string): boolean =>
  filter === 'Status.Active' ? record.active : filter === 'Status.Inactive' ? !record.active : true;

function changedSince(since: string | null, { sinceIsInclusive }: Switches): (record: SimulatedRecord) => boolean {
  if (!since) return () => true;
  const bound = Date.parse(since.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return ({ modifiedMs }) => (sinceIsInclusive ? modifiedMs >= bound : modifiedMs > bound);
}
