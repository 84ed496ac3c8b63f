import type { ZohoConfig } from '../../config.js';
import type { Database } from '../../platform/db/orm.js';
import type { SecretBox } from '../../platform/secret-box.js';
import { ZohoFailure, ZohoReconnectNeeded, ZohoThrottled } from './zoho-errors.js';
import { claimRefresh, forgetToken, readToken, saveToken, saveTokenFailure } from './zoho.queries.js';

/**
 * The access token, shared by all processes: kept encrypted in Postgres, refreshed by one of them at a time. Zoho allows
 * ten tokens in ten minutes; four workers that each minted their own once blocked a whole company.
 */
export interface ZohoTokens {
  /** A token good for at least a minute. */
  get(signal: AbortSignal): Promise<{ token: string; apiDomain: string | null }>;
  /** Zoho refused this token; the next get fetches another. */
  drop(token: string): Promise<void>;
}

const REFRESH_LEASE_SECONDS = 25;
const REFRESH_DEADLINE_MS = 20_000;
const EARLY_SECONDS = 60;
const WAIT_MS = 100;
const WAIT_LIMIT_MS = 20_000;
const RECONNECT_BLOCK_SECONDS = 60;
const THROTTLE_BLOCK_SECONDS = 600;
const OUTAGE_BLOCK_SECONDS = 2;

interface TokenAnswer {
  access_token?: string;
  api_domain?: string;
  expires_in?: number;
  error?: string;
  error_description?: string;
}

export function createZohoTokens(db: Database, config: ZohoConfig, box: SecretBox): ZohoTokens {
  const account = `zoho:${config.organizationId}`;
  let held: { token: string; sealed: string; apiDomain: string | null; untilMs: number } | null = null;
  let flight: Promise<void> | null = null;

  const refresh = async (signal: AbortSignal): Promise<void> => {
    const failed = (error: string, blockSeconds: number): Promise<void> =>
      saveTokenFailure(db.read, account, error, blockSeconds);
    const { status, answer } = await requestToken(config, signal).catch(async (error: unknown) => {
      await failed('no answer from the token endpoint', OUTAGE_BLOCK_SECONDS);
      throw error;
    });
    // The endpoint fails with 200 and {"error": ...}: only access_token means success.
    if (typeof answer.access_token === 'string' && answer.access_token !== '') {
      const apiDomain = answer.api_domain ?? null;
      const expiresInSeconds = answer.expires_in ?? 3600;
      await saveToken(db.read, account, { sealed: box.seal(answer.access_token), apiDomain, expiresInSeconds });
      return;
    }
    const reason = answer.error ?? `status ${status}`;
    if (reason === 'Access Denied') {
      await failed('throttled', THROTTLE_BLOCK_SECONDS);
      throw new ZohoThrottled(THROTTLE_BLOCK_SECONDS * 1000, 'the token endpoint is throttled');
    }
    if (status >= 500) {
      await failed(reason, OUTAGE_BLOCK_SECONDS);
      throw new ZohoFailure(status, null, `The token endpoint answers ${status}.`);
    }
    await failed(reason, RECONNECT_BLOCK_SECONDS);
    throw new ZohoReconnectNeeded(reason);
  };

  const obtain = async (signal: AbortSignal): Promise<void> => {
    const begun = performance.now();
    for (;;) {
      const row = await readToken(db.read, account);
      const token = row?.accessToken ? box.open(row.accessToken) : null;
      if (row && token !== null && row.secondsLeft > EARLY_SECONDS) {
        held = {
          token,
          sealed: row.accessToken as string,
          apiDomain: row.apiDomain,
          untilMs: performance.now() + (row.secondsLeft - EARLY_SECONDS) * 1000,
        };
        return;
      }
      if (row && row.blockedSeconds > 0) {
        if (row.lastError === 'throttled' || row.blockedSeconds <= OUTAGE_BLOCK_SECONDS) {
          throw new ZohoThrottled(row.blockedSeconds * 1000, 'the token endpoint is not to be asked yet');
        }
        throw new ZohoReconnectNeeded(row.lastError ?? 'unknown');
      }
      if (await claimRefresh(db.read, account, REFRESH_LEASE_SECONDS, row?.accessToken ?? null)) {
        await refresh(signal);
        continue;
      }
      if (performance.now() - begun > WAIT_LIMIT_MS)
        throw new ZohoThrottled(5000, 'another process refreshes the token');
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      signal.throwIfAborted();
    }
  };

  return {
    async get(signal) {
      while (!held || held.untilMs <= performance.now()) {
        held = null;
        flight ??= obtain(signal).finally(() => {
          flight = null;
        });
        await flight;
      }
      return { token: held.token, apiDomain: held.apiDomain };
    },
    async drop(token) {
      if (held?.token !== token) return;
      const { sealed } = held;
      held = null;
      await forgetToken(db.read, account, sealed);
    },
  };
}

async function requestToken(config: ZohoConfig, signal: AbortSignal): Promise<{ status: number; answer: TokenAnswer }> {
  const response = await fetch(`${config.accountsUrl}/oauth/v2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      refresh_token: config.refreshToken,
      client_id: config.clientId,
      client_secret: config.clientSecret,
      grant_type: 'refresh_token',
    }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(REFRESH_DEADLINE_MS)]),
    redirect: 'error',
  });
  return { status: response.status, answer: (await response.json()) as TokenAnswer };
}
