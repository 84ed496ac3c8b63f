import { nowMs } from '../kernel/clock.js';
import { unauthenticated } from '../kernel/errors.js';
import { isScope, type Scope } from '../kernel/scopes.js';
import { ANONYMOUS, type RowScope, type Viewer } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import type { LoggedEvent } from '../platform/events.js';
import { API_KEY_PREFIX } from './api-key.service.js';
import { findActiveUser, findKeyById, findKeyState, findSessionState, type KeyState } from './identity.queries.js';
import { permissionsOf } from './permissions.js';
import { hashSecret, isSameSecret, type AccessTokens } from './tokens.js';
import { msg } from '../kernel/message.js';

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
  /** Without credentials: the anonymous viewer. Throws UNAUTHENTICATED for credentials that are not valid. */
  viewerOf(authorization: string | undefined): Promise<Viewer>;
  /**
   * The present rights of `user:<id>` or `key:<id>`, for a job that works in that name; null when the user or key has
   * ended.
   */
  viewerOfActor(actor: string): Promise<Viewer | null>;
  onEvent(event: LoggedEvent): void;
  /** Whether an event of the log can invalidate anybody's session or key. */
  isAboutViewers(event: LoggedEvent): boolean;
  /** Whether it invalidates the session or the key of this viewer. */
  isInvalidating(event: LoggedEvent, viewer: Viewer): boolean;
}

/** The entity types whose events can change a viewer. */
const WATCHED = new Set(['session', 'user', 'apiKey']);
const TTL_MS = 5000;
const CAPACITY = 10_000;

interface Cached {
  viewer: Viewer;
  untilMs: number;
}

// The cache may be older than the end of a key, a token or a session.
const isOver = (viewer: Viewer): boolean =>
  viewer.kind !== 'anonymous' && viewer.expiresAtMs !== null && viewer.expiresAtMs <= nowMs();

export interface AuthenticatorOptions {
  db: Database;
  tokens: AccessTokens;
  deployToken: string | null;
  /** What a person stands for is known by downstream modules. */
  rowScopeOf(userId: string): Promise<RowScope>;
}

export function createAuthenticator({ db, tokens, deployToken, rowScopeOf }: AuthenticatorOptions): Authenticator {
  const cache = new Map<string, Cached>();

  // Requests that come while a state is being read share that read: a crowd would ask the database hundreds of times
  // otherwise. An event empties the map, so that nobody who comes after it gets what was read before it.
  const reading = new Map<string, Promise<Viewer | null>>();

  const startReading = (key: string, make: () => Promise<Viewer | null>): Promise<Viewer | null> => {
    const read: Promise<Viewer | null> = make()
      .then((viewer) => {
        if (!viewer || isOver(viewer)) return null;
        if (reading.get(key) !== read) return viewer;
        if (cache.size >= CAPACITY) cache.clear();
        cache.set(key, { viewer, untilMs: nowMs() + TTL_MS });
        return viewer;
      })
      .finally(() => {
        if (reading.get(key) === read) reading.delete(key);
      });
    reading.set(key, read);
    return read;
  };

  const cached = async (key: string, make: () => Promise<Viewer | null>): Promise<Viewer | null> => {
    const known = cache.get(key);
    if (known && known.untilMs > nowMs()) return isOver(known.viewer) ? null : known.viewer;
    cache.delete(key);
    return reading.get(key) ?? startReading(key, make);
  };

  const keyViewer = (key: KeyState): Viewer => ({
    kind: 'key',
    keyId: key.id,
    name: key.name,
    // A scope that this release does not know, because a newer one granted it, grants nothing here.
    permissions: new Set(key.scopes.filter(isScope)),
    expiresAtMs: key.expiresAt?.getTime() ?? null,
  });

  const fromKey = (secret: string): Promise<Viewer | null> => {
    const hash = hashSecret(secret);
    return cached(`key:${hash}`, async () => {
      const key = await findKeyState(db, hash);
      return key && keyViewer(key);
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
        rowScope: await rowScopeOf(state.userId),
        expiresAtMs: Math.min(claims.expiresAtMs, state.endsAt.getTime()),
      };
    });
  };

  const deployViewer: Viewer = {
    kind: 'key',
    keyId: 'deploy-token',
    name: 'DEPLOY_TOKEN',
    // The health gate of a deployment looks at the details.
    permissions: new Set<Scope>(['deploy:read', 'deploy:write', 'ops:read']),
    expiresAtMs: null,
  };

  return {
    async viewerOf(authorization) {
      if (!authorization) return ANONYMOUS;
      const match = /^Bearer ([\x21-\x7e]{1,4000})$/i.exec(authorization.trim());
      const credential = match?.[1];
      if (!credential) throw unauthenticated(msg`Use "Authorization: Bearer <token>".`);
      const viewer =
        deployToken !== null && isSameSecret(credential, deployToken)
          ? deployViewer
          : credential.startsWith(`${API_KEY_PREFIX}_`)
            ? await fromKey(credential)
            : await fromToken(credential);
      if (!viewer) throw unauthenticated(msg`The token is not valid or has ended. Sign in again.`);
      return viewer;
    },
    async viewerOfActor(actor) {
      const [kind, id = ''] = actor.split(':');
      if (kind === 'key') {
        const key = await findKeyById(db, id);
        return key && keyViewer(key);
      }
      const user = kind === 'user' ? await findActiveUser(db, id) : null;
      if (!user) return null;
      const rowScope = await rowScopeOf(id);
      const permissions = permissionsOf(user.role);
      // It has no session, and nothing reads its expiry.
      return { kind: 'user', userId: id, sessionId: '', ...user, permissions, rowScope, expiresAtMs: nowMs() + TTL_MS };
    },
    onEvent(event) {
      if (!isAboutViewers(event)) return;
      reading.clear();
      for (const [key, { viewer }] of cache) if (isInvalidating(event, viewer)) cache.delete(key);
    },
    isAboutViewers,
    isInvalidating,
  };
}

const isAboutViewers = (event: LoggedEvent): boolean => WATCHED.has(event.entityType);

function isInvalidating(event: LoggedEvent, viewer: Viewer): boolean {
  if (event.name === 'sessionEnded') return viewer.kind === 'user' && viewer.sessionId === event.entityId;
  if (event.name === 'userChanged') return viewer.kind === 'user' && viewer.userId === event.entityId;
  if (event.name === 'apiKeyRevoked') return viewer.kind === 'key' && viewer.keyId === event.entityId;
  return false;
}
