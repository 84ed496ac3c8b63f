import { LockMode } from '@mikro-orm/core';
import { fromMs, now, nowMs } from '../kernel/clock.js';
import { AppError, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { can, type Viewer } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import { defineCommand } from '../platform/command.js';
import type { Transact, Tx } from '../platform/db/transact.js';
import { sessionEnded, sessionStarted } from './identity.events.js';
import type { Device, KeyedHashes } from './keyed.js';
import { KnownNetwork } from './known-network.entity.js';
import { assertGrantable } from './permissions.js';
import { RefreshToken, Session } from './session.entity.js';
import { hashSecret, newSecret, SESSION_DAYS, type AccessTokens } from './tokens.js';
import { msg } from '../kernel/message.js';

/** How long a used refresh token still answers its successor: two tabs at once, or a retry after a lost answer. */
export const REFRESH_GRACE_MS = 45_000;
const NETWORKS_PER_USER = 10;
const DAY_MS = 86_400_000;

export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  expiresAt: Date;
  /** Null after a refresh: the client keeps the one that it has. */
  deviceToken: string | null;
  userId: string;
}

export interface SessionServices {
  db: Database;
  transact: Transact;
  tokens: AccessTokens;
}

export interface Opening {
  userId: string;
  /** Where they signed in from, see networkOf. */
  network: string;
  /** The device that they have shown; null makes a new one. */
  device: Device | null;
}

/** A session for somebody who has just proved who they are. */
export async function openSession(services: SessionServices, { userId, network, device }: Opening): Promise<SignedIn> {
  const { keyed } = services.tokens;
  const networkHash = keyed.fingerprint(network);
  const opened = await services.transact({ origin: 'user', actor: `user:${userId}` }, async (tx) => {
    await rememberNetwork(tx, userId, networkHash);
    return startSession(tx, userId);
  });
  const deviceToken = keyed.issueDevice({ id: device?.id ?? null, userId });
  return issue(services, { ...opened, deviceToken });
}

/** Wrong guesses from elsewhere do not delay a user where that user has signed in before. */
async function rememberNetwork(tx: Tx, userId: string, networkHash: string): Promise<void> {
  const known = await tx.em.find(KnownNetwork, { user: userId }, { orderBy: { seenAt: 'desc' } });
  const present = known.find((one) => one.networkHash === networkHash);
  if (present) {
    if (present.seenAt.getTime() < nowMs() - DAY_MS) present.seenAt = now();
    return;
  }
  for (const old of known.slice(NETWORKS_PER_USER - 1)) tx.em.remove(old);
  tx.em.create(KnownNetwork, { id: newId(), user: userId, networkHash, seenAt: now() });
}

interface Opened {
  userId: string;
  sessionId: string;
  endsAtMs: number;
  refreshToken: string;
}

function startSession(tx: Tx, userId: string): Opened {
  const endsAtMs = nowMs() + SESSION_DAYS * DAY_MS;
  const session = tx.em.create(Session, { id: newId(), user: userId, createdAt: now(), expiresAt: fromMs(endsAtMs) });
  const refreshToken = newSecret('tshr');
  addRefreshToken(tx, session.id, refreshToken);
  tx.emit(sessionStarted(session.id, { userId }));
  return { userId, sessionId: session.id, endsAtMs, refreshToken };
}

function addRefreshToken(tx: Tx, sessionId: string, token: string): void {
  tx.em.create(RefreshToken, { id: newId(), session: sessionId, tokenHash: hashSecret(token), createdAt: now() });
}

async function issue(
  { tokens }: SessionServices,
  { refreshToken, deviceToken, ...opened }: Opened & { deviceToken: string | null },
): Promise<SignedIn> {
  const { token, expiresAtMs } = await tokens.issue(opened);
  return { accessToken: token, refreshToken, deviceToken, expiresAt: fromMs(expiresAtMs), userId: opened.userId };
}

const invalidToken = (): AppError =>
  new AppError('INVALID_CREDENTIALS', msg`The refresh token is not valid. Sign in again.`, { field: 'refreshToken' });

/**
 * Exchanges a refresh token for a new pair. A token is used once, and within 45 s of that it answers the same successor
 * again. A later use means that it was copied, and ends the whole session. The lock of its row decides which of several
 * concurrent uses is the first.
 */
export const refreshSession = defineCommand(
  ['INVALID_CREDENTIALS'],
  async (services: SessionServices, refreshToken: string): Promise<SignedIn> => {
    const tokenHash = hashSecret(refreshToken);
    const result = await services.transact({ origin: 'user', actor: 'anonymous' }, async (tx) => {
      const token = await tx.em.findOne(RefreshToken, { tokenHash }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!token) return null;
      const session = await tx.em.findOneOrFail(Session, token.session.id, { populate: ['user'] });
      const user = session.user.getEntity();
      if (session.endedAt || session.expiresAt.getTime() <= nowMs() || !user.active) return null;
      const next = await followToken(tx, services.tokens.keyed, token, refreshToken);
      if (next === 'reused') endSessionIn(tx, session, 'token_reused');
      if (next === 'reused' || next === null) return null;
      return { userId: user.id, sessionId: session.id, endsAtMs: session.expiresAt.getTime(), refreshToken: next };
    });
    if (!result) throw invalidToken();
    return issue(services, { ...result, deviceToken: null });
  },
);

/** The newest token that grew from this one; null when the server's secret has changed since. The row of the token is locked. */
async function followToken(
  tx: Tx,
  keyed: KeyedHashes,
  token: RefreshToken,
  secret: string,
  steps = 20,
): Promise<string | 'reused' | null> {
  const successor = keyed.successorOf(secret);
  if (!token.usedAt) {
    token.usedAt = now();
    addRefreshToken(tx, token.session.id, successor);
    return successor;
  }
  if (token.usedAt.getTime() + REFRESH_GRACE_MS <= nowMs()) return 'reused';
  const next = await tx.em.findOne(RefreshToken, { tokenHash: hashSecret(successor) });
  if (!next || steps === 0) return null;
  // A tab that refreshed twice within the grace leaves the other one a pair that is still unused.
  return next.usedAt ? followToken(tx, keyed, next, successor, steps - 1) : successor;
}

function endSessionIn(tx: Tx, session: Session, reason: string): void {
  session.endedAt = now();
  session.endReason = reason;
  tx.emit(sessionEnded(session.id, { userId: session.user.id, reason }));
}

/** Ends the session; again is a no-op. */
export async function endSession(tx: Tx, sessionId: string, reason: string): Promise<void> {
  const session = await tx.em.findOne(Session, sessionId, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (session && !session.endedAt) endSessionIn(tx, session, reason);
}

/** Ends all sessions of a person but one. */
export async function endSessionsOf(tx: Tx, userId: string, reason: string, exceptId: string | null): Promise<void> {
  const open = await tx.em.find(
    Session,
    { user: userId, endedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  for (const session of open) if (session.id !== exceptId) endSessionIn(tx, session, reason);
}

/**
 * Ends one session: one's own, or with users:manage that of somebody whose role one could give. A session of somebody
 * else is answered as not found. Again is a no-op.
 */
export const revokeSession = defineCommand(
  ['NOT_FOUND'],
  async (tx: Tx, viewer: Viewer, sessionId: string): Promise<void> => {
    const session = isId(sessionId)
      ? await tx.em.findOne(Session, sessionId, { lockMode: LockMode.PESSIMISTIC_WRITE })
      : null;
    const own = viewer.kind === 'user' && session?.user.id === viewer.userId;
    if (!session || (!own && !can(viewer, 'users:manage'))) throw notFound('Session', sessionId);
    if (!own) assertGrantable(viewer, (await session.user.loadOrFail()).role);
    if (!session.endedAt) endSessionIn(tx, session, 'revoked');
  },
);
