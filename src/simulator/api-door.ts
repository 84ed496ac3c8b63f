import type { IncomingMessage, ServerResponse } from 'node:http';
import { SIMULATED_ACCOUNT } from './account.js';
import type { CallLimits } from './call-limits.js';
import { ERRORS, type ErrorAnswer, type Fault, type Faults } from './faults.js';
import { answer, bytesOf, refuse } from './http.js';
import type { Answered, ModuleCall, ModuleCalls } from './module-calls.js';
import type { Product, Resource } from './resource.js';
import type { Switches } from './switches.js';
import type { TokenDoor } from './token-door.js';

export interface ApiDoorOptions {
  switches: Switches;
  faults: Faults;
  limits: CallLimits;
  tokens: TokenDoor;
  resources: readonly Resource[];
  calls: ModuleCalls;
  /** Counts a call, by its path without ids. */
  counted(name: string): void;
}

/** The API of Books and Inventory: who may call, how often, what goes wrong today, and then the records. */
export class ApiDoor {
  constructor(private readonly options: ApiDoorOptions) {}

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { switches, limits, tokens, faults, calls } = this.options;
    const call = this.callOf(request, url);
    if (!call) return refuse(response, ERRORS.badUrl);
    this.options.counted(nameOf(call));
    if (!tokens.isAuthorised(request)) return refuse(response, staleToken(switches));
    const named = url.searchParams.get('organization_id') ?? (call.name === 'organizations' ? null : '');
    if (named !== null && named !== SIMULATED_ACCOUNT.organizationId) {
      return refuse(response, { ...ERRORS.organisation, status: switches.wrongOrganisationStatus });
    }
    const fault = faults.strike('api');
    const refusal = limits.take(fault, call.product);
    if (refusal) {
      const { status, body } = refusal.error;
      return answer(response, status, body, refusal.withHeaders ? limits.headers(call.product) : {});
    }
    if (fault === 'expired_token') {
      tokens.expireAll();
      return refuse(response, staleToken(switches));
    }
    if (fault === 'server_error') return refuse(response, ERRORS.internal);
    if (fault === 'refused') return refuse(response, ERRORS.organisation);
    if (fault === 'time_out') return this.hang(request);
    if (switches.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, switches.latencyMs));
    const answered = calls.answer(call, await bytesOf(request));
    // The write is done, and nobody hears of it: the outcome that a caller cannot know.
    if (fault === 'lost_answer') return void request.socket.destroy();
    this.send(response, answered, fault, call.product);
  }

  private callOf(request: IncomingMessage, url: URL): ModuleCall | null {
    const match = /^\/(books\/v3|inventory\/v1)\/((?:settings\/)?[a-z]+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(url.pathname);
    if (!match) return null;
    const product: Product = match[1] === 'books/v3' ? 'books' : 'inventory';
    // `PUT /item/:id/customfields` is the one path in the singular.
    const name = match[2] === 'item' ? 'items' : (match[2] as string);
    const resource = this.options.resources.find(
      (one) => one.products.includes(product) && (one.name === name || one.bulk?.name === name),
    );
    if (!resource) return null;
    return {
      method: request.method ?? 'GET',
      product,
      name,
      id: match[3],
      part: match[4],
      resource,
      query: url.searchParams,
      header: (header) => request.headers[header]?.toString(),
    };
  }

  private async hang(request: IncomingMessage): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.options.switches.hangMs).unref());
    request.socket.destroy();
  }

  private send(response: ServerResponse, answered: Answered, fault: Fault | null, product: Product): void {
    if ('error' in answered) return refuse(response, answered.error);
    const headers = this.options.limits.headers(product);
    if ('bytes' in answered) {
      response.writeHead(200, { 'Content-Type': answered.type, ...headers });
      return void response.end(answered.bytes);
    }
    const { status = 200, body } = answered;
    if (fault !== 'truncated_json') return answer(response, status, body, headers);
    const text = JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8', ...headers });
    response.end(text.slice(0, Math.floor(text.length / 2)));
  }
}

/** Which code and status a stale token meets is not settled. */
function staleToken({ staleToken: kind }: Switches): ErrorAnswer {
  if (kind === '57_401') return ERRORS.unauthorised;
  return { status: kind === '14_401' ? 401 : 200, body: { code: 14, message: 'Invalid value passed for authtoken' } };
}

/** `books PUT invoices/:id`; ids within a part are left out as well. */
function nameOf({ product, method, name, id, part }: ModuleCall): string {
  const path = [
    name,
    ...(id === undefined ? [] : [':id']),
    ...(part === undefined ? [] : [part.replace(/\d{6,}/g, ':id')]),
  ];
  return `${product} ${method} ${path.join('/')}`;
}
