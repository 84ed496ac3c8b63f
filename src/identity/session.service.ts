import { LockMode } from '@mikro-orm/core';
import { fromMs, now, nowMs } from '../kernel/clock.js';
import { AppError, notFound } from '../kernel/errors.js';
import { sha256Hex } from '../kernel/hash.js';
import { isId, newId } from '../kernel/ids.js';
import { can, type Viewer } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import type { Transact, Tx } from '../platform/db/transact.js';
import { countTry, forgetTries } from './identity.queries.js';
import { sessionEnded, sessionStarted } from './identity.events.js';
import { verifyPassword } from './passwords.js';
import { RefreshToken, Session } from './session.entity.js';
import { hashSecret, newSecret, SESSION_DAYS, type AccessTokens } from './tokens.js';
import { User } from './user.entity.js';

const ACCOUNT_TRIES = 5;
const ADDRESS_TRIES = 20;
const WINDOW_SECONDS = 15 * 60;
const MAX_PASSWORD = 256;

export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  expiresAt: Date;
  userId: string;
}

export interface SessionServices {
  db: Database;
  transact: Transact;
  tokens: AccessTokens;
}

function assertNotThrottled(tries: { count: number; retryAfterSeconds: number }, limit: number): void {
  if (tries.count <= limit) return;
  throw new AppError('THROTTLED', 'Too many tries. Try again later.', {
    details: { retryAfterSeconds: tries.retryAfterSeconds },
  });
}

/**
 * Starts a session. Tries are counted before the password is looked at: 5 an account and 20 an address in 15 minutes.
 * Unknown account, wrong password and inactive user answer the same, after the same work: INVALID_CREDENTIALS.
 */
export async function signIn(
  services: SessionServices,
  input: { email: string; password: string; address: string },
): Promise<SignedIn> {
  const email = input.email.trim().toLowerCase().slice(0, 320);
  const accountKey = `account:${sha256Hex(email)}`;
  assertNotThrottled(await countTry(services.db, `address:${input.address}`, WINDOW_SECONDS), ADDRESS_TRIES);
  assertNotThrottled(await countTry(services.db, accountKey, WINDOW_SECONDS), ACCOUNT_TRIES);

  const user = await services.db.orm.em.fork().findOne(User, { email });
  const matches = await verifyPassword(user?.passwordHash ?? null, input.password.slice(0, MAX_PASSWORD));
  if (!user || !matches || !user.active) {
    throw new AppError('INVALID_CREDENTIALS', 'The e-mail address or the password is not right.');
  }
  await forgetTries(services.db, accountKey);

  return openSession(services, user.id);
}

/** A session for somebody who has just proved who they are. */
export async function openSession(services: SessionServices, userId: string): Promise<SignedIn> {
  const { session, refreshToken } = await services.transact({ origin: 'user', actor: `user:${userId}` }, (tx) =>
    Promise.resolve(startSession(tx, userId)),
  );
  return issue(services, userId, session.id, refreshToken);
}

/** Counts a try of an address against doors that are open to strangers. Throws THROTTLED above 20 in 15 minutes. */
export async function countStranger(services: SessionServices, address: string): Promise<void> {
  assertNotThrottled(await countTry(services.db, `address:${address}`, WINDOW_SECONDS), ADDRESS_TRIES);
}

/** Whether this is the user's present password; 5 tries an account in 15 minutes, else THROTTLED. */
export async function isOwnPassword(services: SessionServices, userId: string, password: string): Promise<boolean> {
  const user = await services.db.orm.em.fork().findOne(User, userId);
  const key = `account:${sha256Hex(user?.email ?? userId)}`;
  assertNotThrottled(await countTry(services.db, key, WINDOW_SECONDS), ACCOUNT_TRIES);
  const matches = await verifyPassword(user?.passwordHash ?? null, password.slice(0, MAX_PASSWORD));
  if (matches) await forgetTries(services.db, key);
  return matches;
}

function startSession(tx: Tx, userId: string): { session: Session; refreshToken: string } {
  const session = tx.em.create(Session, {
    id: newId(),
    user: userId,
    createdAt: now(),
    expiresAt: fromMs(nowMs() + SESSION_DAYS * 86_400_000),
  });
  const refreshToken = addRefreshToken(tx, session.id);
  tx.emit(sessionStarted(session.id, { userId }));
  return { session, refreshToken };
}

function addRefreshToken(tx: Tx, sessionId: string): string {
  const token = newSecret('tshr');
  tx.em.create(RefreshToken, { id: newId(), session: sessionId, tokenHash: hashSecret(token), createdAt: now() });
  return token;
}

async function issue(
  services: SessionServices,
  userId: string,
  sessionId: string,
  refreshToken: string,
): Promise<SignedIn> {
  const { token, expiresAtMs } = await services.tokens.issue(userId, sessionId);
  return { accessToken: token, refreshToken, expiresAt: fromMs(expiresAtMs), userId };
}

const invalidToken = (): AppError =>
  new AppError('INVALID_CREDENTIALS', 'The refresh token is not valid. Sign in again.', { field: 'refreshToken' });

/**
 * Trades a refresh token for a new pair. A token works once; a second use means that it was copied, and ends the whole
 * session. The row lock makes two uses at once a first and a second.
 */
export async function refreshSession(services: SessionServices, refreshToken: string): Promise<SignedIn> {
  const tokenHash = hashSecret(refreshToken);
  const result = await services.transact({ origin: 'user', actor: 'anonymous' }, async (tx) => {
    const token = await tx.em.findOne(RefreshToken, { tokenHash }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!token) return null;
    const session = await tx.em.findOneOrFail(Session, token.session.id, { populate: ['user'] });
    const user = session.user.getEntity();
    if (session.endedAt || session.expiresAt.getTime() <= nowMs() || !user.active) return null;
    if (token.usedAt) {
      endSessionIn(tx, session, 'token_reused');
      return null;
    }
    token.usedAt = now();
    return { userId: user.id, sessionId: session.id, refreshToken: addRefreshToken(tx, session.id) };
  });
  if (!result) throw invalidToken();
  return issue(services, result.userId, result.sessionId, result.refreshToken);
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

/** Ends one session: one's own, or anybody's with users:manage. A session of others is not there. Again is a no-op. */
export async function revokeSession(tx: Tx, viewer: Viewer, sessionId: string): Promise<void> {
  const session = isId(sessionId)
    ? await tx.em.findOne(Session, sessionId, { lockMode: LockMode.PESSIMISTIC_WRITE })
    : null;
  const own = viewer.kind === 'user' && session?.user.id === viewer.userId;
  if (!session || (!own && !can(viewer, 'users:manage'))) throw notFound('Session', sessionId);
  if (!session.endedAt) endSessionIn(tx, session, 'revoked');
}
