import { ERRORS, type ErrorAnswer } from './faults.js';
import type { SimulatedRecord } from './records.js';
import { listBody, listKey, type Body, type Product, type Resource } from './resource.js';
import type { Switches } from './switches.js';
import type { Uploads } from './uploads.js';
import { Input } from './writes/input.js';
import { unsettled, ZohoRefusal } from './writes/refusal.js';
import type { WriteContext } from './writes/writes.js';

/** One call, without the transport that it came by. */
export interface ModuleCall {
  method: string;
  product: Product;
  /** The name in the path: of the resource, or of its bulk answer. */
  name: string;
  id: string | undefined;
  /** What of the record: `image`, `status/void`, `refunds/123`. */
  part: string | undefined;
  resource: Resource;
  query: URLSearchParams;
  header(name: string): string | undefined;
}

export type Answered =
  { status?: number; body: Body; id?: string } | { error: ErrorAnswer } | { type: string; bytes: Buffer };

/** What a call has done to a record. */
export interface Written {
  module: string;
  id: string;
  event: 'created' | 'edited' | 'deleted';
}

/** Hears what calls do. */
export interface CallJournal {
  begin(): void;
  written(written: Written, call: ModuleCall): void;
}

const MAX_BULK = 100;

/** Answers calls from the records, and does what they ask. */
export class ModuleCalls {
  constructor(
    private readonly switches: Switches,
    private readonly uploads: Uploads,
    private readonly journal: CallJournal,
  ) {}

  /** `payload` is the body as text for what is JSON, and as bytes for an upload. */
  answer(call: ModuleCall, payload: Buffer): Answered {
    try {
      this.journal.begin();
      return call.method === 'GET' ? this.read(call) : this.write(call, payload);
    } catch (error) {
      if (error instanceof ZohoRefusal) return { error: error.answer };
      throw error;
    }
  }

  private read({ resource, product, name, id, part, query }: ModuleCall): Answered {
    if (resource.bulk?.name === name) return { body: bulkBody(resource, query) };
    if (!id) return { body: listBody(resource, product, query, this.switches) };
    if (!isAnsweredById(resource, product, this.switches)) return { error: ERRORS.method };
    const record = this.alive(resource, id);
    if (!record) return { error: this.missing(resource) };
    if (part === undefined) return this.detail(resource, product, record, 'success');
    if (part === 'image' && resource.image) {
      const image = this.uploads.imageOf(id) ?? resource.image(record);
      return image ?? { error: this.missing(resource, 'The image does not exist.') };
    }
    if (part === 'attachment') {
      return this.uploads.attachmentOf(id) ?? { error: this.missing(resource, 'The attachment does not exist.') };
    }
    const rows = resource.writes?.parts?.[part];
    if (!rows) return { error: ERRORS.badUrl };
    return { body: { code: 0, message: 'success', [rows.list]: rows.rows(record) } };
  }

  private write(call: ModuleCall, payload: Buffer): Answered {
    const { resource, method, id, part } = call;
    if (!resource.writes) return { error: ERRORS.method };
    if (part === 'image' || part === 'attachment') return this.upload(call, payload);
    const input = method === 'DELETE' ? new Input({}) : inputOf(payload);
    if (!input) return { error: ERRORS.badJson };
    if (!id) return method === 'POST' ? this.create(call, input) : this.upsert(call, input);
    const record = this.alive(resource, id);
    if (!record) return { error: this.missing(resource) };
    if (part !== undefined) return this.act(call, record, part, input);
    if (method === 'PUT') return this.update(call, record, input);
    if (method === 'DELETE') return this.remove(call, record);
    return { error: ERRORS.method };
  }

  private create(call: ModuleCall, input: Input): Answered {
    const { resource, product } = call;
    const { create, created } = resource.writes ?? {};
    if (!create) return { error: ERRORS.method };
    const record = create(input, this.context(call));
    this.done(call, record, 'created');
    return { status: 201, id: resource.idOf(record), ...this.detail(resource, product, record, created ?? 'success') };
  }

  private update(call: ModuleCall, record: SimulatedRecord, input: Input): Answered {
    const { resource, product } = call;
    const { update, updated } = resource.writes ?? {};
    if (!update) return { error: ERRORS.method };
    update(record, input, this.context(call));
    this.done(call, record, 'edited');
    return this.detail(resource, product, record, updated ?? 'success');
  }

  private remove(call: ModuleCall, record: SimulatedRecord): Answered {
    const { remove, deleted } = call.resource.writes ?? {};
    if (!remove) return { error: ERRORS.method };
    remove(record);
    this.done(call, record, 'deleted');
    return { body: { code: 0, message: deleted ?? 'success' } };
  }

  /** `PUT /contacts` with the value of a unique field: changes the one that has it, or makes it when asked to. */
  private upsert(call: ModuleCall, input: Input): Answered {
    const { resource, method, product } = call;
    const { upserts } = resource.writes ?? {};
    const key = call.header('x-unique-identifier-key');
    const value = call.header('x-unique-identifier-value');
    if (method !== 'PUT' || !upserts || product !== 'books' || !key || !value) return { error: ERRORS.method };
    const found = resource.alive().filter((record) => upserts.customFields(record)[key] === value);
    if (found.length > 1) throw unsettled(`More than one record has ${key} ${value}.`);
    const fields = [...((input.body['custom_fields'] as Body[] | undefined) ?? []), { api_name: key, value }];
    const whole = new Input({ ...input.body, custom_fields: fields });
    const [record] = found;
    if (record) return this.update(call, record, whole);
    if (call.header('x-upsert') !== 'true') return { error: this.missing(resource) };
    return this.create(call, whole);
  }

  private act(call: ModuleCall, record: SimulatedRecord, path: string, input: Input): Answered {
    const { resource, method, product } = call;
    const action = resource.writes?.actions?.[path];
    if (action && (method === 'POST' || method === 'PUT')) {
      action.act(record, input, this.context(call));
      this.done(call, record, 'edited');
      return { body: { code: 0, message: action.message } };
    }
    const [name = '', rowId] = path.split('/');
    const part = resource.writes?.parts?.[name];
    // A comment moves no time and fires no rule.
    if (name === 'comments' && method === 'POST') return { status: 201, body: { code: 0, message: 'Comments added.' } };
    if (!part) return { error: ERRORS.badUrl };
    if (method === 'POST' && rowId === undefined) {
      const added = part.add(record, input);
      this.done(call, record, 'edited');
      return { status: 201, body: { code: 0, message: part.created, ...added } };
    }
    if (method === 'DELETE' && rowId !== undefined) {
      part.remove(record, rowId);
      this.done(call, record, 'edited');
      return { body: { code: 0, message: part.deleted } };
    }
    return { error: product === 'books' ? ERRORS.method : ERRORS.badUrl };
  }

  private upload(call: ModuleCall, payload: Buffer): Answered {
    const { resource, id = '', part, method } = call;
    const record = this.alive(resource, id);
    if (!record) return { error: this.missing(resource) };
    const isImage = part === 'image';
    if (isImage && !resource.image) return { error: ERRORS.badUrl };
    if (method === 'DELETE') this.uploads.remove(isImage ? 'image' : 'attachment', id);
    else if (!this.uploads.take(isImage ? 'image' : 'attachment', id, payload, call.header('content-type') ?? '')) {
      return { error: ERRORS.badJson };
    }
    if (isImage) resource.imageChanged?.(record, method !== 'DELETE');
    this.done(call, record, 'edited');
    const message = method === 'DELETE' ? 'The file has been deleted.' : 'Your file has been successfully attached.';
    return { body: { code: 0, message } };
  }

  private done(call: ModuleCall, record: SimulatedRecord, event: Written['event']): void {
    this.journal.written({ module: call.resource.name, id: call.resource.idOf(record), event }, call);
  }

  private context({ product, query }: ModuleCall): WriteContext {
    return { product, ownNumber: query.get('ignore_auto_number_generation') === 'true' };
  }

  private alive(resource: Resource, id: string): SimulatedRecord | null {
    const record = resource.find(id);
    return record && !record.deleted ? record : null;
  }

  private detail(resource: Resource, product: Product, record: SimulatedRecord, message: string): { body: Body } {
    return { body: { code: 0, message, [resource.object]: resource.detail(record, product) } };
  }

  private missing({ missing }: Resource, message = missing): ErrorAnswer {
    return { status: this.switches.missingRecordStatus, body: { code: 1002, message } };
  }
}

const isAnsweredById = ({ name }: Resource, product: Product, switches: Switches): boolean =>
  name !== 'pricebooks' || product === 'books' || switches.inventoryPricebookById;

function bulkBody(resource: Resource, query: URLSearchParams): Body {
  const { bulk } = resource;
  const ids = (query.get(bulk?.ids ?? '') ?? '').split(',').slice(0, MAX_BULK);
  const found = ids.map((id) => resource.find(id)).filter((one) => one !== undefined && !one.deleted);
  return { code: 0, message: 'success', [listKey(resource)]: found.map((record) => record && bulk?.body(record)) };
}

/** A write comes as JSON or as the form field JSONString; a status has no body. */
function inputOf(payload: Buffer): Input | null {
  const text = payload.toString('utf8');
  if (text.trim() === '') return new Input({});
  try {
    const body: unknown = JSON.parse(new URLSearchParams(text).get('JSONString') ?? text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? new Input(body as Body) : null;
  } catch {
    return null;
  }
}
