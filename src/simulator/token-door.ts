import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS, type Faults } from './faults.js';
import { answer, bodyOf, refuse } from './http.js';
import { SIMULATED_ACCOUNT } from './account.js';
import type { Switches } from './switches.js';

const TEN_MINUTES_MS = 600_000;
const MAX_LIVE_TOKENS = 30;

/** The token endpoint of the accounts host, and the access tokens that it has given out. */
export class TokenDoor {
  private readonly live = new Map<string, number>();
  private readonly minted: number[] = [];

  constructor(
    private readonly switches: Switches,
    private readonly faults: Faults,
    private readonly counted: (name: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  isAuthorised(request: IncomingMessage): boolean {
    const given = (this.switches.acceptsBearer ? /^(?:Zoho-oauthtoken|Bearer) (.+)$/ : /^Zoho-oauthtoken (.+)$/).exec(
      request.headers.authorization ?? '',
    )?.[1];
    return given !== undefined && (this.live.get(given) ?? 0) > this.now();
  }

  expireAll(): void {
    this.live.clear();
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL, apiDomain: string): Promise<void> {
    if (request.method !== 'POST') return refuse(response, ERRORS.method);
    const form = new URLSearchParams(await bodyOf(request));
    const value = (name: string): string | null => form.get(name) ?? url.searchParams.get(name);
    const fault = this.faults.strike('token');
    const now = this.now();
    while (this.minted.length > 0 && (this.minted[0] as number) < now - TEN_MINUTES_MS) this.minted.shift();
    if (fault === 'token_throttled' || this.minted.length >= this.switches.tokensPerTenMinutes) {
      return answer(response, 400, {
        error_description: 'You have made too many requests continuously. Please try again after some time.',
        error: 'Access Denied',
      });
    }
    if (fault === 'token_invalid_client' || value('client_id') !== SIMULATED_ACCOUNT.clientId) {
      return answer(response, 200, { error: 'invalid_client' });
    }
    if (fault === 'token_invalid_code' || value('refresh_token') !== SIMULATED_ACCOUNT.refreshToken) {
      return answer(response, 200, { error: 'invalid_code' });
    }
    this.minted.push(now);
    this.counted('token');
    answer(response, 200, {
      access_token: this.mint(now),
      api_domain: apiDomain,
      token_type: 'Bearer',
      expires_in: this.switches.tokenSeconds,
    });
  }

  private mint(now: number): string {
    const token = `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
    this.live.set(token, now + this.switches.tokenSeconds * 1000);
    // The next one silently deletes the oldest.
    if (this.live.size > MAX_LIVE_TOKENS) this.live.delete(this.live.keys().next().value as string);
    return token;
  }
}
