import type { ZohoConfig } from '../../config.js';
import { parseExactJson } from '../../kernel/exact-json.js';
import type { Database } from '../../platform/db/orm.js';
import type { Metrics } from '../../platform/http/metrics.js';
import { activeSpan, traced } from '../../platform/tracing/tracer.js';
import {
  throttleDelayMs,
  UnreadableAnswer,
  ZohoFailure,
  ZohoFileTooLarge,
  ZohoOutcomeUnknown,
  ZohoThrottled,
} from './zoho-errors.js';
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
import { blockBudget, prepareBudget, releaseBudget, takeBudget } from './budget.queries.js';
import { bucketOf, laneOf, type Bucket, type CallLane } from './call-lanes.js';

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
  /** The same client for calls of another lane; without it a call is an interactive one. */
  inLane(lane: CallLane): ZohoClient;
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

export interface ZohoClientParts {
  db: Database;
  config: ZohoConfig;
  tokens: ZohoTokens;
  metrics: Metrics;
  /** Called after an event about the budget was written. */
  onTold(): void;
}

export const accountOf = (config: Pick<ZohoConfig, 'organizationId'>): string => `zoho:${config.organizationId}`;

/** Prepares the shared budget, once a process. */
export async function createZohoClient(parts: ZohoClientParts): Promise<ZohoClient> {
  const { db, config } = parts;
  await prepareBudget(db.read, accountOf(config), bucketOf(config).burst, config.concurrency);
  return new BudgetedZohoClient(parts, 'interactive');
}

/** The services of a job, whose calls take the lane of its priority. */
export const inLaneOf = <S extends { zoho: ZohoClient }>(services: S, priority: number): S => ({
  ...services,
  zoho: services.zoho.inLane(laneOf(priority)),
});

type Answer = { body: ZohoBody } | { file: ZohoFile };
type Answered = Answer | { staleToken: string };

class BudgetedZohoClient implements ZohoClient {
  private readonly account: string;
  private readonly bucket: Bucket;

  constructor(
    private readonly parts: ZohoClientParts,
    private readonly lane: CallLane,
  ) {
    this.account = accountOf(parts.config);
    this.bucket = bucketOf(parts.config);
  }

  inLane(lane: CallLane): ZohoClient {
    return new BudgetedZohoClient(this.parts, lane);
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
    await this.parts.tokens.drop(first.staleToken);
    const second = await this.callOnce(request, signal);
    if (!('staleToken' in second)) return second;
    await this.parts.tokens.drop(second.staleToken);
    throw new ZohoFailure(401, 57, 'Zoho refuses a fresh token: a scope may be missing.');
  }

  private async callOnce(request: ZohoRequest, signal: AbortSignal): Promise<Answered> {
    const { db, metrics, onTold } = this.parts;
    const { token, apiDomain } = await this.parts.tokens.get(signal);
    const { path, query } = request;
    const url = this.urlOf(path, query, apiDomain);
    const { headers: own, ...init } = initOf(request);
    const slot = await this.takeSlot(signal);
    let headers = new Headers();
    let failed = true;
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
        failed = response.status >= 500;
        activeSpan()?.set({ 'http.response.status_code': response.status });
        return this.read(request, response, token);
      });
    } catch (error) {
      if (error instanceof UnreadableAnswer) failed = true;
      throw isWriting(request) ? outcomeOf(error, headers) : error;
    } finally {
      const remaining = whole(headers.get('x-rate-limit-remaining'));
      if (remaining !== null) metrics.zohoTokensLeft.set(remaining);
      const told = await releaseBudget(db.read, this.account, slot, {
        limit: whole(headers.get('x-rate-limit-limit')),
        remaining,
        resetSeconds: whole(headers.get('x-rate-limit-reset')),
        // Given up here, a call says nothing about Zoho.
        failed: signal.aborted ? null : failed,
      });
      if (told) onTold();
    }
  }

  private urlOf(path: ZohoPath, query: Record<string, string>, apiDomain: string | null): URL {
    const { apiUrl, apiUrlFixed, organizationId } = this.parts.config;
    const url = new URL(`${apiUrlFixed ? apiUrl : (apiDomain ?? apiUrl)}${path}`);
    for (const [name, value] of Object.entries({ organization_id: organizationId, ...query })) {
      url.searchParams.set(name, value);
    }
    return url;
  }

  private async takeSlot(signal: AbortSignal): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const request = { lane: this.lane, bucket: this.bucket, slotSeconds: SLOT_SECONDS };
      const taken = await takeBudget(this.parts.db.read, this.account, request);
      if (taken.slot !== null) return taken.slot;
      if (taken.waitMs > 1000 || tries >= SLOT_WAITS) throw new ZohoThrottled(taken.waitMs, taken.reason);
      await new Promise((resolve) => setTimeout(resolve, taken.waitMs));
      signal.throwIfAborted();
    }
  }

  private async read(request: ZohoRequest, response: Response, token: string): Promise<Answered> {
    const { metrics } = this.parts;
    if (request.kind === 'file' && response.ok && !isJson(response)) {
      const file = await fileOf(response, request.maxBytes);
      metrics.zohoCalls.inc({ result: file ? 'ok' : 'too_large' });
      if (!file) throw new ZohoFileTooLarge(request.maxBytes);
      return { file };
    }
    const body = jsonObjectOf(await response.text());
    if (!body) {
      metrics.zohoCalls.inc({ result: 'unreadable' });
      throw new UnreadableAnswer(response.status);
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
    this.parts.metrics.zohoCalls.inc({ result: `throttled_${code ?? 'other'}` });
    const told = {
      retryAfter: whole(headers.get('retry-after')),
      resetSeconds: whole(headers.get('x-rate-limit-reset')),
    };
    const delay = throttleDelayMs(code, told, Math.random);
    const reason = `Zoho answers 429, code ${code ?? 'none'}`;
    await blockBudget(this.parts.db.read, this.account, delay, reason);
    this.parts.onTold();
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
