import type { SimulatedRecord } from './records.js';
import type { Body, Product, Resource } from './resource.js';

export interface FixtureOptions {
  /** In the path: `bills`. */
  name: string;
  /** The key of one record: `bill`. */
  object: string;
  /** The key of the id: `bill_id`. */
  id: string;
  product: Product;
  /** Recorded bodies, served as they are. */
  bodies: readonly Body[];
}

interface Recorded extends SimulatedRecord {
  body: Body;
}

const msOf = (text: unknown): number =>
  typeof text === 'string' ? Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')) || 0 : 0;

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** A door for any entity of which there are recorded payloads: lists leave out what is nested, as Zoho's do. */
export function fixtureResource({ name, object, id, product, bodies }: FixtureOptions): Resource<Recorded> {
  const records = bodies.map((body): Recorded => ({
    body,
    active: body['status'] !== 'inactive',
    createdMs: msOf(body['created_time']),
    modifiedMs: msOf(body['last_modified_time']),
    deleted: false,
  }));
  return {
    name,
    object,
    report: name,
    missing: `${object} does not exist.`,
    products: [product],
    alive: () => records.filter((record) => !record.deleted),
    find: (wanted) => records.find(({ body }) => body[id] === wanted),
    idOf: ({ body }) => String(body[id]),
    listRow: ({ body }) => Object.fromEntries(Object.entries(body).filter(([, value]) => !isNested(value))),
    detail: ({ body }) => body,
    sortKey: (record, column) => (column === 'created_time' ? record.createdMs : record.modifiedMs),
    knowsSince: () => false,
  };
}
