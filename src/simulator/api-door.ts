import type { IncomingMessage, ServerResponse } from 'node:http';
import { SIMULATED_ACCOUNT } from './account.js';
import type { CallLimits } from './call-limits.js';
import { ERRORS, type ErrorAnswer, type Fault, type Faults } from './faults.js';
import { answer, bodyOf, refuse } from './http.js';
import { listBody, listKey, type Body, type Product, type Resource } from './resource.js';
import type { Switches } from './switches.js';
import type { TokenDoor } from './token-door.js';

export interface ApiDoorOptions {
  switches: Switches;
  faults: Faults;
  limits: CallLimits;
  tokens: TokenDoor;
  resources: readonly Resource[];
  /** Counts a call, by its path without ids. */
  counted(name: string): void;
}

interface Call {
  product: Product;
  /** The name in the path: of the resource, or of its bulk answer. */
  name: string;
  id: string | undefined;
  /** What of the record: `image`. */
  part: string | undefined;
  resource: Resource;
}

type Answered = { body: Body } | { error: ErrorAnswer } | { type: string; bytes: Buffer };

/** The API of Books and Inventory: who may call, how often, what goes wrong today, and then the records. */
export class ApiDoor {
  constructor(private readonly options: ApiDoorOptions) {}

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { switches, limits, tokens, faults } = this.options;
    const call = this.callOf(url);
    if (!call) return refuse(response, ERRORS.badUrl);
    this.options.counted(
      `${call.product} ${request.method ?? ''} ${call.name}${call.id ? '/:id' : ''}${call.part ? `/${call.part}` : ''}`,
    );
    if (!tokens.isAuthorised(request)) return refuse(response, ERRORS.unauthorised);
    if (url.searchParams.get('organization_id') !== SIMULATED_ACCOUNT.organizationId) {
      return refuse(response, ERRORS.organisation);
    }
    const fault = faults.strike('api');
    const refusal = limits.take(fault);
    if (refusal) {
      const { status, body } = refusal.error;
      return answer(response, status, body, refusal.withHeaders ? limits.headers() : {});
    }
    if (fault === 'expired_token') {
      tokens.expireAll();
      return refuse(response, ERRORS.unauthorised);
    }
    if (fault === 'server_error') return refuse(response, ERRORS.internal);
    if (fault === 'refused') return refuse(response, ERRORS.organisation);
    if (fault === 'time_out') return this.hang(request);
    if (switches.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, switches.latencyMs));
    const answered = await this.answerOf(request, url, call);
    if ('error' in answered) return refuse(response, answered.error);
    if ('bytes' in answered) {
      response.writeHead(200, { 'Content-Type': answered.type, ...limits.headers() });
      return void response.end(answered.bytes);
    }
    this.send(response, answered.body, fault);
  }

  private callOf(url: URL): Call | null {
    const match = /^\/(books\/v3|inventory\/v1)\/((?:settings\/)?[a-z]+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(url.pathname);
    if (!match) return null;
    const product: Product = match[1] === 'books/v3' ? 'books' : 'inventory';
    const [name, id, part] = [match[2] as string, match[3], match[4]];
    const resource = this.options.resources.find(
      (one) => one.products.includes(product) && (one.name === name || one.bulk?.name === name),
    );
    return resource ? { product, name, id, part, resource } : null;
  }

  private async hang(request: IncomingMessage): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.options.switches.hangMs).unref());
    request.socket.destroy();
  }

  private send(response: ServerResponse, body: Body, fault: Fault | null): void {
    const headers = this.options.limits.headers();
    if (fault !== 'truncated_json') return answer(response, 200, body, headers);
    const text = JSON.stringify(body);
    response.writeHead(200, { 'Content-Type': 'application/json;charset=UTF-8', ...headers });
    response.end(text.slice(0, Math.floor(text.length / 2)));
  }

  private async answerOf(request: IncomingMessage, url: URL, call: Call): Promise<Answered> {
    const { product, resource, id, part } = call;
    if (resource.bulk?.name === call.name) return { body: bulkBody(resource, url.searchParams) };
    if (!id) {
      if (request.method !== 'GET') return { error: ERRORS.method };
      return { body: listBody(resource, product, url.searchParams, this.options.switches) };
    }
    const record = resource.find(id);
    if (!record || record.deleted) return { error: this.missing(resource) };
    if (part === 'image' && request.method === 'GET' && resource.image) {
      return resource.image(record) ?? { error: this.missing(resource, 'The image does not exist.') };
    }
    if (part !== undefined) return { error: ERRORS.badUrl };
    const detail = (message: string): Answered => ({
      body: { code: 0, message, [resource.object]: resource.detail(record, product) },
    });
    if (request.method === 'GET') return detail('success');
    if (request.method !== 'PUT' || !resource.change) return { error: ERRORS.method };
    const change = changeOf(await bodyOf(request));
    if (!change) return { error: ERRORS.badJson };
    resource.change(record, change);
    return detail(`${resource.report.replace(/s$/, '')} details have been saved.`);
  }

  private missing({ missing }: Resource, message = missing): ErrorAnswer {
    return { status: this.options.switches.missingRecordStatus, body: { code: 1002, message } };
  }
}

const MAX_BULK = 100;

function bulkBody(resource: Resource, query: URLSearchParams): Body {
  const { bulk } = resource;
  const ids = (query.get(bulk?.ids ?? '') ?? '').split(',').slice(0, MAX_BULK);
  const found = ids.map((id) => resource.find(id)).filter((one) => one !== undefined && !one.deleted);
  return { code: 0, message: 'success', [listKey(resource)]: found.map((record) => record && bulk?.body(record)) };
}

/** A PUT comes as JSON or as the form field JSONString. */
function changeOf(text: string): Body | null {
  try {
    return JSON.parse(new URLSearchParams(text).get('JSONString') ?? text) as Body;
  } catch {
    return null;
  }
}
