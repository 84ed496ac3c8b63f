import type { ZohoConfig } from '../../config.js';
import { parseExactJson } from '../../kernel/exact-json.js';
import type { Database } from '../../platform/db/orm.js';
import type { Metrics } from '../../platform/http/metrics.js';
import { activeSpan, traced } from '../../platform/tracing/tracer.js';
import { throttleDelayMs, ZohoFailure, ZohoFileTooLarge, ZohoOutcomeUnknown, ZohoThrottled } from './zoho-errors.js';
import {
  fileOf,
  initOf,
  isWriting,
  type ZohoBody,
  type ZohoFile,
  type ZohoPath,
  type ZohoRequest,
} from './zoho-request.js';
import type { ZohoTokens } from './zoho-token.js';
import { blockBudget, prepareBudget, releaseBudget, takeBudget } from './zoho.queries.js';

declare module '../../platform/module.js' {
  interface Services {
    zoho: ZohoClient;
  }
}

/**
 * The only place that calls Zoho over HTTP. Every call pays from a budget shared by all processes, has a deadline below
 * the lease of a job, and runs outside of any transaction. Throws ZohoThrottled, ZohoReconnectNeeded, ZohoFailure, and
 * of a call that writes ZohoOutcomeUnknown when no answer came.
 */
export interface ZohoClient {
  get(path: ZohoPath, query: Record<string, string>, signal: AbortSignal): Promise<ZohoBody>;
  /** Bytes, such as an image. Throws ZohoFileTooLarge. */
  getFile(path: ZohoPath, maxBytes: number, signal: AbortSignal): Promise<ZohoFile>;
  write(
    method: 'POST' | 'PUT' | 'DELETE',
    path: ZohoPath,
    input: { query?: Record<string, string>; body?: ZohoBody; headers?: Record<string, string> },
    signal: AbortSignal,
  ): Promise<ZohoBody>;
  /** Sends a file as a form of one field. */
  upload(path: ZohoPath, input: { field: string; file: ZohoFile }, signal: AbortSignal): Promise<ZohoBody>;
}

export type { ZohoBody, ZohoFile, ZohoPath } from './zoho-request.js';

const DEADLINE_MS = 20_000;
const SLOT_SECONDS = 25;
const SLOT_WAITS = 8;
const STALE_TOKEN_CODES = new Set([14, 57]);

/** Prepares the shared budget, once a process. */
export async function createZohoClient(
  db: Database,
  config: ZohoConfig,
  tokens: ZohoTokens,
  metrics: Metrics,
): Promise<ZohoClient> {
  const client = new BudgetedZohoClient(db, config, tokens, metrics);
  await client.prepare();
  return client;
}

type Answer = { body: ZohoBody } | { file: ZohoFile };
type Answered = Answer | { staleToken: string };

class BudgetedZohoClient implements ZohoClient {
  private readonly account: string;
  /** A burst and a refill that together stay under the minute's limit in any window of a minute. */
  private readonly bucket: { burst: number; perSecond: number };

  constructor(
    private readonly db: Database,
    private readonly config: ZohoConfig,
    private readonly tokens: ZohoTokens,
    private readonly metrics: Metrics,
  ) {
    const half = config.requestsPerMinute / 2;
    this.account = `zoho:${config.organizationId}`;
    this.bucket = { burst: Math.max(1, half), perSecond: half / 60 };
  }

  prepare(): Promise<void> {
    return prepareBudget(this.db.read, this.account, this.bucket.burst, this.config.concurrency);
  }

  async get(path: ZohoPath, query: Record<string, string>, signal: AbortSignal): Promise<ZohoBody> {
    return bodyOf(await this.call({ kind: 'read', path, query }, signal));
  }

  async getFile(path: ZohoPath, maxBytes: number, signal: AbortSignal): Promise<ZohoFile> {
    const answer = await this.call({ kind: 'file', path, query: {}, maxBytes }, signal);
    if ('file' in answer) return answer.file;
    throw new ZohoFailure(200, null, 'Zoho answers with JSON where a file was asked for.');
  }

  async write(
    method: 'POST' | 'PUT' | 'DELETE',
    path: ZohoPath,
    input: { query?: Record<string, string>; body?: ZohoBody; headers?: Record<string, string> },
    signal: AbortSignal,
  ): Promise<ZohoBody> {
    const { query = {}, body, headers = {} } = input;
    return bodyOf(await this.call({ kind: 'write', method, path, query, body, headers }, signal));
  }

  async upload(path: ZohoPath, input: { field: string; file: ZohoFile }, signal: AbortSignal): Promise<ZohoBody> {
    return bodyOf(await this.call({ kind: 'upload', path, query: {}, ...input }, signal));
  }

  private async call(request: ZohoRequest, signal: AbortSignal): Promise<Answer> {
    const first = await this.callOnce(request, signal);
    if (!('staleToken' in first)) return first;
    await this.tokens.drop(first.staleToken);
    const second = await this.callOnce(request, signal);
    if (!('staleToken' in second)) return second;
    await this.tokens.drop(second.staleToken);
    throw new ZohoFailure(401, 57, 'Zoho refuses a fresh token: a scope may be missing.');
  }

  private async callOnce(request: ZohoRequest, signal: AbortSignal): Promise<Answered> {
    const { token, apiDomain } = await this.tokens.get(signal);
    const { path, query } = request;
    const url = this.urlOf(path, query, apiDomain);
    const { headers: own, ...init } = initOf(request);
    const slot = await this.takeSlot(signal);
    let headers = new Headers();
    try {
      // The path without ids names the span; the query names the organisation, so it stays out.
      const attributes = { 'http.request.method': init.method, 'server.address': url.hostname };
      return await traced(`zoho ${path.replace(/\/\d+/g, '/{id}')}`, { kind: 'client', attributes }, async () => {
        const response = await fetch(url, {
          ...init,
          headers: { ...own, Authorization: `Zoho-oauthtoken ${token}` },
          signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
          redirect: 'error',
        });
        headers = response.headers;
        activeSpan()?.set({ 'http.response.status_code': response.status });
        return this.read(request, response, token);
      });
    } catch (error) {
      throw isWriting(request) ? outcomeOf(error, headers) : error;
    } finally {
      const day = {
        limit: whole(headers.get('x-rate-limit-limit')),
        remaining: whole(headers.get('x-rate-limit-remaining')),
        resetSeconds: whole(headers.get('x-rate-limit-reset')),
      };
      if (day.remaining !== null) this.metrics.zohoTokensLeft.set(day.remaining);
      await releaseBudget(this.db.read, this.account, slot, day);
    }
  }

  private urlOf(path: ZohoPath, query: Record<string, string>, apiDomain: string | null): URL {
    const { apiUrl, apiUrlFixed, organizationId } = this.config;
    const url = new URL(`${apiUrlFixed ? apiUrl : (apiDomain ?? apiUrl)}${path}`);
    for (const [name, value] of Object.entries({ organization_id: organizationId, ...query })) {
      url.searchParams.set(name, value);
    }
    return url;
  }

  private async takeSlot(signal: AbortSignal): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const taken = await takeBudget(this.db.read, this.account, this.bucket, SLOT_SECONDS);
      if (taken.slot !== null) return taken.slot;
      if (taken.waitMs > 1000 || tries >= SLOT_WAITS) throw new ZohoThrottled(taken.waitMs, taken.reason);
      await new Promise((resolve) => setTimeout(resolve, taken.waitMs));
      signal.throwIfAborted();
    }
  }

  private async read(request: ZohoRequest, response: Response, token: string): Promise<Answered> {
    const { metrics } = this;
    if (request.kind === 'file' && response.ok && !isJson(response)) {
      const file = await fileOf(response, request.maxBytes);
      metrics.zohoCalls.inc({ result: file ? 'ok' : 'too_large' });
      if (!file) throw new ZohoFileTooLarge(request.maxBytes);
      return { file };
    }
    const body = jsonObjectOf(await response.text());
    if (!body) {
      metrics.zohoCalls.inc({ result: 'unreadable' });
      throw new ZohoFailure(
        response.status,
        null,
        `Zoho answers ${response.status} with a body that is no JSON object.`,
      );
    }
    const code = typeof body['code'] === 'number' ? body['code'] : null;
    const message = typeof body['message'] === 'string' ? body['message'].slice(0, 300) : '';
    if (response.ok && code === 0) {
      metrics.zohoCalls.inc({ result: 'ok' });
      return { body };
    }
    if (response.status === 401 || (response.ok && code === 14)) {
      metrics.zohoCalls.inc({ result: 'unauthorised' });
      if (code === null || STALE_TOKEN_CODES.has(code)) return { staleToken: token };
    }
    if (response.status === 429) return this.throttled(response.headers, code);
    metrics.zohoCalls.inc({ result: response.status >= 500 ? 'server_error' : 'refused' });
    throw new ZohoFailure(response.status, code, `Zoho answers ${response.status}, code ${code ?? 'none'}: ${message}`);
  }

  /** Nobody else needs to find out by a call of their own. */
  private async throttled(headers: Headers, code: number | null): Promise<never> {
    this.metrics.zohoCalls.inc({ result: `throttled_${code ?? 'other'}` });
    const told = {
      retryAfter: whole(headers.get('retry-after')),
      resetSeconds: whole(headers.get('x-rate-limit-reset')),
    };
    const delay = throttleDelayMs(code, told, Math.random);
    const reason = `Zoho answers 429, code ${code ?? 'none'}`;
    await blockBudget(this.db.read, this.account, delay, reason);
    throw new ZohoThrottled(delay, reason);
  }
}

const isJson = (response: Response): boolean =>
  /^application\/([\w.+-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '');

function bodyOf(answer: Answer): ZohoBody {
  if ('body' in answer) return answer.body;
  throw new ZohoFailure(200, null, 'Zoho answers with a file where JSON was asked for.');
}

/** An answer that was read says what happened; without one, or with half of one, nobody knows whether it was done. */
function outcomeOf(error: unknown, headers: Headers): unknown {
  if (error instanceof ZohoThrottled) return error;
  if (error instanceof ZohoFailure && error.zohoCode !== null && error.status < 500) return error;
  const seen = [...headers.keys()].length > 0 ? 'its answer was not understood' : 'no answer came';
  return new ZohoOutcomeUnknown(seen, { cause: error });
}

function jsonObjectOf(text: string): ZohoBody | null {
  try {
    const parsed = parseExactJson(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as ZohoBody) : null;
  } catch {
    return null;
  }
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
