import type { ZohoConfig } from '../../config.js';
import type { Database } from '../../platform/db/orm.js';
import type { SecretBox } from '../../platform/secret-box.js';
import { ZohoFailure, ZohoReconnectNeeded, ZohoThrottled } from './zoho-errors.js';
import { claimRefresh, forgetToken, readToken, saveToken, saveTokenFailure, type TokenRow } from './zoho.queries.js';

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
  return new HeldToken(new StoredToken({ db, config, box, account }));
}

interface Store {
  db: Database;
  config: ZohoConfig;
  box: SecretBox;
  account: string;
}

interface Token {
  token: string;
  /** As it is stored, to be recognised when it is dropped. */
  sealed: string;
  apiDomain: string | null;
  /** By the clock of `performance`. */
  untilMs: number;
}

/** The token as this process knows it: kept in memory, and looked up by one caller for all who wait for it. */
class HeldToken implements ZohoTokens {
  private held: Token | null = null;
  private flight: Promise<void> | null = null;

  constructor(private readonly stored: StoredToken) {}

  async get(signal: AbortSignal): Promise<{ token: string; apiDomain: string | null }> {
    for (;;) {
      const { held } = this;
      if (held && held.untilMs > performance.now()) return { token: held.token, apiDomain: held.apiDomain };
      this.held = null;
      this.flight ??= this.stored
        .obtain(signal)
        .then((token) => void (this.held = token))
        .finally(() => (this.flight = null));
      await this.flight;
    }
  }

  async drop(token: string): Promise<void> {
    if (this.held?.token !== token) return;
    const { sealed } = this.held;
    this.held = null;
    await this.stored.forget(sealed);
  }
}

/** The row that all processes share, and the lease under which one of them refreshes it. */
class StoredToken {
  constructor(private readonly store: Store) {}

  /** The token of the row, refreshed by this process or awaited from another one. */
  async obtain(signal: AbortSignal): Promise<Token> {
    const { db, account } = this.store;
    const begun = performance.now();
    for (;;) {
      const row = await readToken(db.read, account);
      const token = row && this.opened(row);
      if (token) return token;
      if (row && row.blockedSeconds > 0) throw blockedBy(row);
      if (await claimRefresh(db.read, account, REFRESH_LEASE_SECONDS, row?.accessToken ?? null)) {
        await this.refresh(signal);
        continue;
      }
      if (performance.now() - begun > WAIT_LIMIT_MS) {
        throw new ZohoThrottled(5000, 'another process refreshes the token');
      }
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      signal.throwIfAborted();
    }
  }

  async forget(sealed: string): Promise<void> {
    await forgetToken(this.store.db.read, this.store.account, sealed);
  }

  /** Null when it is missing, sealed by another key, or about to end. */
  private opened(row: TokenRow): Token | null {
    const { accessToken: sealed, apiDomain, secondsLeft } = row;
    const token = sealed ? this.store.box.open(sealed) : null;
    if (!sealed || token === null || secondsLeft <= EARLY_SECONDS) return null;
    return { token, sealed, apiDomain, untilMs: performance.now() + (secondsLeft - EARLY_SECONDS) * 1000 };
  }

  private async refresh(signal: AbortSignal): Promise<void> {
    const { db, config, box, account } = this.store;
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
  }
}

/** Why nobody may ask the token endpoint at the moment. */
function blockedBy({ lastError, blockedSeconds }: TokenRow): Error {
  if (lastError === 'throttled' || blockedSeconds <= OUTAGE_BLOCK_SECONDS) {
    return new ZohoThrottled(blockedSeconds * 1000, 'the token endpoint is not to be asked yet');
  }
  return new ZohoReconnectNeeded(lastError ?? 'unknown');
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
