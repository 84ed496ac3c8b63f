import { nowMs } from '../kernel/clock.js';
import { unauthenticated } from '../kernel/errors.js';
import { ANONYMOUS, type Viewer } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import type { LoggedEvent } from '../platform/events.js';
import { API_KEY_PREFIX } from './api-key.service.js';
import { findKeyState, findSessionState } from './identity.queries.js';
import { permissionsOf } from './permissions.js';
import { hashSecret, sameSecret, type AccessTokens } from './tokens.js';

declare module '../platform/module.js' {
  interface Services {
    tokens: AccessTokens;
    authenticator: Authenticator;
  }
}

/**
 * Turns credentials into a viewer. States are cached for 5 s, and dropped at once by the events of the log, so a
 * revoked session or key ends within milliseconds in every process that follows the log.
 */
export interface Authenticator {
  /** Nothing given: the anonymous viewer. Throws UNAUTHENTICATED for anything given that is not valid. */
  viewerOf(authorization: string | undefined): Promise<Viewer>;
  onEvent(event: LoggedEvent): void;
}

const TTL_MS = 5000;
const CAPACITY = 10_000;

interface Cached {
  viewer: Viewer;
  untilMs: number;
}

export function createAuthenticator(db: Database, tokens: AccessTokens, deployToken: string | null): Authenticator {
  const cache = new Map<string, Cached>();

  const cached = async (key: string, make: () => Promise<Viewer | null>): Promise<Viewer | null> => {
    const known = cache.get(key);
    if (known && known.untilMs > nowMs()) return known.viewer;
    const viewer = await make();
    if (cache.size >= CAPACITY) cache.clear();
    if (viewer) cache.set(key, { viewer, untilMs: nowMs() + TTL_MS });
    else cache.delete(key);
    return viewer;
  };

  const fromKey = (secret: string): Promise<Viewer | null> => {
    const hash = hashSecret(secret);
    return cached(`key:${hash}`, async () => {
      const key = await findKeyState(db, hash);
      if (!key) return null;
      return {
        kind: 'key',
        keyId: key.id,
        name: key.name,
        permissions: new Set(key.scopes),
        expiresAtMs: key.expiresAt?.getTime() ?? null,
      };
    });
  };

  const fromToken = async (token: string): Promise<Viewer | null> => {
    const claims = await tokens.verify(token);
    if (!claims) return null;
    // The expiry is the token's, so equal sessions with a newer token are another entry.
    return cached(`session:${claims.sessionId}:${claims.expiresAtMs}`, async () => {
      const state = await findSessionState(db, claims.sessionId);
      if (!state || state.userId !== claims.userId) return null;
      return {
        kind: 'user',
        userId: state.userId,
        sessionId: claims.sessionId,
        role: state.role,
        email: state.email,
        permissions: permissionsOf(state.role),
        expiresAtMs: claims.expiresAtMs,
      };
    });
  };

  const deployViewer: Viewer = {
    kind: 'key',
    keyId: 'deploy-token',
    name: 'DEPLOY_TOKEN',
    permissions: new Set(['deploy:read', 'deploy:write']),
    expiresAtMs: null,
  };

  return {
    async viewerOf(authorization) {
      if (!authorization) return ANONYMOUS;
      const match = /^Bearer ([\x21-\x7e]{1,4000})$/i.exec(authorization.trim());
      const credential = match?.[1];
      if (!credential) throw unauthenticated('Use "Authorization: Bearer <token>".');
      const viewer =
        deployToken !== null && sameSecret(credential, deployToken)
          ? deployViewer
          : credential.startsWith(`${API_KEY_PREFIX}_`)
            ? await fromKey(credential)
            : await fromToken(credential);
      if (!viewer) throw unauthenticated('The token is not valid or has ended. Sign in again.');
      return viewer;
    },
    onEvent(event) {
      if (event.entityType !== 'session' && event.entityType !== 'user' && event.entityType !== 'apiKey') return;
      for (const [key, { viewer }] of cache) if (concerns(event, viewer)) cache.delete(key);
    },
  };
}

/** Whether an event of the log takes the ground from under a viewer. */
export function concerns(event: LoggedEvent, viewer: Viewer): boolean {
  if (event.name === 'sessionEnded') return viewer.kind === 'user' && viewer.sessionId === event.entityId;
  if (event.name === 'userChanged') return viewer.kind === 'user' && viewer.userId === event.entityId;
  if (event.name === 'apiKeyRevoked') return viewer.kind === 'key' && viewer.keyId === event.entityId;
  return false;
}
