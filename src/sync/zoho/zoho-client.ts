import type { ZohoConfig } from '../../config.js';
import { parseExactJson } from '../../kernel/exact-json.js';
import type { Database } from '../../platform/db/orm.js';
import type { Metrics } from '../../platform/http/metrics.js';
import { activeSpan, traced } from '../../platform/tracing/tracer.js';
import { throttleDelayMs, ZohoFailure, ZohoThrottled } from './zoho-errors.js';
import type { ZohoTokens } from './zoho-token.js';
import { blockBudget, prepareBudget, releaseBudget, takeBudget } from './zoho.queries.js';

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
  get(path: ZohoPath, query: Record<string, string>, signal: AbortSignal): Promise<ZohoBody>;
}

export type ZohoPath = `/books/v3/${string}` | `/inventory/v1/${string}`;
export type ZohoBody = Record<string, unknown>;

const DEADLINE_MS = 20_000;
const SLOT_SECONDS = 25;
const SLOT_WAITS = 8;
const STALE_TOKEN_CODES = new Set([14, 57]);

export async function createZohoClient(
  db: Database,
  config: ZohoConfig,
  tokens: ZohoTokens,
  metrics: Metrics,
): Promise<ZohoClient> {
  const account = `zoho:${config.organizationId}`;
  // A burst and a refill that together stay under the minute's limit in any window of a minute.
  const bucket = { burst: Math.max(1, config.requestsPerMinute / 2), perSecond: config.requestsPerMinute / 2 / 60 };
  await prepareBudget(db.read, account, bucket.burst, config.concurrency);

  const takeSlot = async (signal: AbortSignal): Promise<number> => {
    for (let tries = 1; ; tries += 1) {
      const taken = await takeBudget(db.read, account, bucket, SLOT_SECONDS);
      if (taken.slot !== null) return taken.slot;
      if (taken.waitMs > 1000 || tries >= SLOT_WAITS) throw new ZohoThrottled(taken.waitMs, taken.reason);
      await new Promise((resolve) => setTimeout(resolve, taken.waitMs));
      signal.throwIfAborted();
    }
  };

  const callOnce = async (
    path: ZohoPath,
    query: Record<string, string>,
    signal: AbortSignal,
  ): Promise<{ body: ZohoBody } | { staleToken: string }> => {
    const { token, apiDomain } = await tokens.get(signal);
    const base = config.apiUrlFixed ? config.apiUrl : (apiDomain ?? config.apiUrl);
    const url = new URL(`${base}${path}`);
    for (const [name, value] of Object.entries({ organization_id: config.organizationId, ...query })) {
      url.searchParams.set(name, value);
    }
    const slot = await takeSlot(signal);
    let headers = new Headers();
    try {
      // The path without ids names the span; the query names the organisation, so it stays out.
      const span = {
        kind: 'client',
        attributes: { 'http.request.method': 'GET', 'server.address': url.hostname },
      } as const;
      return await traced(`zoho ${path.replace(/\/\d+/g, '/{id}')}`, span, async () => {
        const response = await fetch(url, {
          headers: { Authorization: `Zoho-oauthtoken ${token}`, Accept: 'application/json' },
          signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
          redirect: 'error',
        });
        headers = response.headers;
        activeSpan()?.set({ 'http.response.status_code': response.status });
        return read(response, token);
      });
    } finally {
      const day = {
        limit: whole(headers.get('x-rate-limit-limit')),
        remaining: whole(headers.get('x-rate-limit-remaining')),
        resetSeconds: whole(headers.get('x-rate-limit-reset')),
      };
      if (day.remaining !== null) metrics.zohoTokensLeft.set(day.remaining);
      await releaseBudget(db.read, account, slot, day);
    }
  };

  const read = async (response: Response, token: string): Promise<{ body: ZohoBody } | { staleToken: string }> => {
    const text = await response.text();
    let body: ZohoBody;
    try {
      const parsed = parseExactJson(text);
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('no object');
      body = parsed as ZohoBody;
    } catch {
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
    if (response.status === 429) {
      metrics.zohoCalls.inc({ result: `throttled_${code ?? 'other'}` });
      const delay = throttleDelayMs(
        code,
        {
          retryAfter: whole(response.headers.get('retry-after')),
          resetSeconds: whole(response.headers.get('x-rate-limit-reset')),
        },
        Math.random,
      );
      const reason = `Zoho answers 429, code ${code ?? 'none'}`;
      await blockBudget(db.read, account, delay, reason);
      throw new ZohoThrottled(delay, reason);
    }
    metrics.zohoCalls.inc({ result: response.status >= 500 ? 'server_error' : 'refused' });
    throw new ZohoFailure(response.status, code, `Zoho answers ${response.status}, code ${code ?? 'none'}: ${message}`);
  };

  return {
    async get(path, query, signal) {
      const first = await callOnce(path, query, signal);
      if ('body' in first) return first.body;
      await tokens.drop(first.staleToken);
      const second = await callOnce(path, query, signal);
      if ('body' in second) return second.body;
      await tokens.drop(second.staleToken);
      throw new ZohoFailure(401, 57, 'Zoho refuses a fresh token: a scope may be missing.');
    },
  };
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
