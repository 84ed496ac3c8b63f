import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { nowMs } from '../kernel/clock.js';
import { createKeyedHashes, type KeyedHashes } from './keyed.js';

export const ACCESS_SECONDS = 15 * 60;
export const SESSION_DAYS = 30;

export interface AccessClaims {
  userId: string;
  sessionId: string;
  expiresAtMs: number;
}

export interface AccessTokens {
  /** Good for 15 minutes, and never longer than the session. */
  issue(session: {
    userId: string;
    sessionId: string;
    endsAtMs: number;
  }): Promise<{ token: string; expiresAtMs: number }>;
  /** Null for anything that is no valid token of ours. */
  verify(token: string): Promise<AccessClaims | null>;
  readonly keyed: KeyedHashes;
}

const CACHE = 5000;
const ISSUER = 'tsh-erp';

export function createAccessTokens(secret: string): AccessTokens {
  const key = new TextEncoder().encode(secret);
  // A token is verified once: the signature check is a good part of a small request.
  const verified = new Map<string, AccessClaims>();
  return {
    keyed: createKeyedHashes(secret),
    async issue({ userId, sessionId, endsAtMs }) {
      const expiresAtMs = Math.min(nowMs() + ACCESS_SECONDS * 1000, endsAtMs);
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setSubject(userId)
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .sign(key);
      return { token, expiresAtMs };
    },
    async verify(token) {
      const known = verified.get(token);
      if (known) return known.expiresAtMs > nowMs() ? known : null;
      try {
        const { payload } = await jwtVerify(token, key, { issuer: ISSUER, algorithms: ['HS256'] });
        if (typeof payload.sub !== 'string' || typeof payload['sid'] !== 'string' || !payload.exp) return null;
        const claims = { userId: payload.sub, sessionId: payload['sid'], expiresAtMs: payload.exp * 1000 };
        if (verified.size >= CACHE) verified.clear();
        verified.set(token, claims);
        return claims;
      } catch {
        return null;
      }
    },
  };
}

/** Refresh tokens and API keys: 256 random bits; only their hash is stored, and a plain hash is enough for such. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function isSameSecret(a: string, b: string): boolean {
  const [x, y] = [createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest()];
  return timingSafeEqual(x, y);
}
