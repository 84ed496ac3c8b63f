import type { ZohoConfig } from '../../config.js';
import { parseExactJson } from '../../kernel/exact-json.js';
import type { Database } from '../../platform/db/orm.js';
import type { Metrics } from '../../platform/http/metrics.js';
import { activeSpan, traced } from '../../platform/tracing/tracer.js';
import { throttleDelayMs, UnreadableAnswer, ZohoFailure, ZohoThrottled } from './zoho-errors.js';
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
 * the lease of a job, and runs outside of any transaction. Throws ZohoThrottled, ZohoReconnectNeeded or ZohoFailure.
 */
export interface ZohoClient {
  /** The same client for calls of another lane; without it a call is an interactive one. */
  inLane(lane: CallLane): ZohoClient;
  get(path: ZohoPath, query: Record<string, string>, signal: AbortSignal): Promise<ZohoBody>;
}

export type ZohoPath = `/books/v3/${string}` | `/inventory/v1/${string}`;
export type ZohoBody = Record<string, unknown>;

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

type Answered = { body: ZohoBody } | { staleToken: string };

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
    const first = await this.callOnce(path, query, signal);
    if ('body' in first) return first.body;
    await this.parts.tokens.drop(first.staleToken);
    const second = await this.callOnce(path, query, signal);
    if ('body' in second) return second.body;
    await this.parts.tokens.drop(second.staleToken);
    throw new ZohoFailure(401, 57, 'Zoho refuses a fresh token: a scope may be missing.');
  }

  private async callOnce(path: ZohoPath, query: Record<string, string>, signal: AbortSignal): Promise<Answered> {
    const { db, metrics, onTold } = this.parts;
    const { token, apiDomain } = await this.parts.tokens.get(signal);
    const url = this.urlOf(path, query, apiDomain);
    const slot = await this.takeSlot(signal);
    let headers = new Headers();
    let failed = true;
    try {
      // The path without ids names the span; the query names the organisation, so it stays out.
      const attributes = { 'http.request.method': 'GET', 'server.address': url.hostname };
      return await traced(`zoho ${path.replace(/\/\d+/g, '/{id}')}`, { kind: 'client', attributes }, async () => {
        const response = await fetch(url, {
          headers: { Authorization: `Zoho-oauthtoken ${token}`, Accept: 'application/json' },
          signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
          redirect: 'error',
        });
        headers = response.headers;
        failed = response.status >= 500;
        activeSpan()?.set({ 'http.response.status_code': response.status });
        return this.read(response, token);
      });
    } catch (error) {
      if (error instanceof UnreadableAnswer) failed = true;
      throw error;
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

  private async read(response: Response, token: string): Promise<Answered> {
    const { metrics } = this.parts;
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
