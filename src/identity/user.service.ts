import { LockMode } from '@mikro-orm/core';
import { fromMs, now, nowMs } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import type { Role, Viewer } from '../kernel/viewer.js';
import { defineCommand } from '../platform/command.js';
import { takeLock } from '../platform/db/locks.js';
import type { Tx } from '../platform/db/transact.js';
import { userChanged } from './identity.events.js';
import { OneTimeLink } from './one-time-link.entity.js';
import { assertGrantable } from './permissions.js';
import { endSessionsOf } from './session.service.js';
import { SignUp } from './sign-up.entity.js';
import { hashSecret, newSecret } from './tokens.js';
import { User } from './user.entity.js';
import { msg } from '../kernel/message.js';

export interface NewUser {
  email: string;
  name: string;
  role: User['role'];
  passwordHash: string | null;
  /** False while nobody has shown that the address is theirs. */
  isVerified?: boolean;
}

export const normalizeAddress = (email: string): string => email.trim().toLowerCase();

/** The caller has checked who may do this. */
export function createUser(tx: Tx, input: NewUser): User {
  return tx.em.create(User, {
    id: newId(),
    email: normalizeAddress(input.email),
    name: input.name,
    role: input.role,
    passwordHash: input.passwordHash,
    emailVerifiedAt: input.isVerified === false ? null : now(),
    active: true,
    version: 1,
    createdAt: now(),
  });
}

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;
const MAX_NAME = 100;
const INVITE_MS = 7 * 86_400_000;
const RESET_MS = 3_600_000;

/** Neither control characters nor half characters, which no database takes. */
export const isPlainText = (text: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(text);

export function assertAddress(email: string): void {
  if (!EMAIL.test(email.trim()) || !isPlainText(email)) throw badInput('email', msg`Not a valid e-mail address.`);
}

function assertName(name: string): void {
  if (name.trim() === '' || name.length > MAX_NAME || !isPlainText(name)) {
    throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
  }
}

export function assertPerson({ email, name }: { email: string; name: string }): void {
  assertAll(
    () => assertAddress(email),
    () => assertName(name),
  );
}

export const alreadyExists = (): AppError =>
  new AppError('ALREADY_EXISTS', msg`There is a user with this e-mail address.`, { field: 'email' });

export function findByAddress(tx: Tx, email: string): Promise<User | null> {
  return tx.em.findOne(User, { email: normalizeAddress(email) }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

export interface IssuedLink {
  userId: string;
  /** Shown once. */
  token: string;
  expiresAt: Date;
}

export function issueLink(tx: Tx, user: User, purpose: OneTimeLink['purpose']): IssuedLink {
  const token = newSecret('tshl');
  const expiresAt = fromMs(nowMs() + (purpose === 'invite' ? INVITE_MS : RESET_MS));
  tx.em.create(OneTimeLink, {
    id: newId(),
    user: user.id,
    purpose,
    tokenHash: hashSecret(token),
    createdAt: now(),
    expiresAt,
  });
  return { userId: user.id, token, expiresAt };
}

async function closeLinks(tx: Tx, userId: string): Promise<void> {
  for (const link of await tx.em.find(OneTimeLink, { user: userId, usedAt: null })) link.usedAt = now();
}

/** Ends all links and sessions of the user. */
export async function closeDoors(tx: Tx, userId: string, reason: string): Promise<void> {
  await closeLinks(tx, userId);
  await endSessionsOf(tx, userId, reason, null);
}

/** Ends the sign-ups of the address; answers its user, whom nobody has verified, or null. */
async function findInvitable(tx: Tx, email: string): Promise<User | null> {
  assertAddress(email);
  await tx.em.nativeDelete(SignUp, { email: normalizeAddress(email) });
  const present = await findByAddress(tx, email);
  if (present?.emailVerifiedAt) throw alreadyExists();
  return present;
}

/**
 * Creates a user without a password, and a link that sets it, valid once and for 7 days. A user whose address nobody
 * has verified is taken over: its password and its sessions end. FORBIDDEN: a role beyond one's own.
 */
export const inviteUser = defineCommand(
  ['BAD_INPUT', 'ALREADY_EXISTS'],
  async (tx: Tx, viewer: Viewer, input: { email: string; name: string; role: Role }): Promise<IssuedLink> => {
    assertGrantable(viewer, input.role);
    const [present] = await checkAll(
      () => findInvitable(tx, input.email),
      () => assertName(input.name),
    );
    const name = input.name.trim();
    if (!present) return issueLink(tx, createUser(tx, { ...input, name, passwordHash: null }), 'invite');
    assertGrantable(viewer, present.role);
    Object.assign(present, { name, role: input.role, passwordHash: null, active: true, emailVerifiedAt: now() });
    await closeDoors(tx, present.id, 'revoked');
    tx.emit(userChanged(present.id, {}));
    return issueLink(tx, present, 'invite');
  },
);

async function lockUser(tx: Tx, id: string, field?: string): Promise<User> {
  const user = isId(id) ? await tx.em.findOne(User, id, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!user) throw notFound('User', id, field);
  return user;
}

/** A link, good once and for an hour, that sets a new password and ends all sessions. */
export const createPasswordReset = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND'],
  async (tx: Tx, viewer: Viewer, userId: string): Promise<IssuedLink> => {
    const user = await lockUser(tx, userId, 'userId');
    // Whoever could reset an owner's password could become an owner.
    assertGrantable(viewer, user.role);
    if (!user.active) throw badInput('userId', msg`This user is inactive.`);
    return issueLink(tx, user, 'reset');
  },
);

export const invalidLink = (): AppError =>
  new AppError('INVALID_CREDENTIALS', msg`The link is not valid any more. Ask for a new one.`, { field: 'token' });

/**
 * Uses a one-time link: sets the password, closes all other links of the user, and ends their sessions; the link of a
 * sign-up creates the user. Answers the user. INVALID_CREDENTIALS: a link that is unknown, used or too old. Of two
 * concurrent uses one succeeds.
 */
export const redeemLink = defineCommand(
  ['INVALID_CREDENTIALS'],
  async (tx: Tx, input: { token: string; passwordHash: string }): Promise<string> => {
    const tokenHash = hashSecret(input.token);
    const link = await tx.em.findOne(OneTimeLink, { tokenHash }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!link) return redeemSignUp(tx, { tokenHash, passwordHash: input.passwordHash });
    if (link.usedAt || link.expiresAt.getTime() <= nowMs()) throw invalidLink();
    const user = await lockUser(tx, link.user.id);
    if (!user.active) throw invalidLink();
    user.passwordHash = input.passwordHash;
    user.emailVerifiedAt ??= now();
    await closeDoors(tx, user.id, 'password_changed');
    link.usedAt = now();
    tx.emit(userChanged(user.id, {}));
    return user.id;
  },
);

/** The password is the one given with the link: whoever signed up with somebody else's address does not know it. */
async function redeemSignUp(tx: Tx, input: { tokenHash: string; passwordHash: string }): Promise<string> {
  const found = await tx.em.findOne(SignUp, { tokenHash: input.tokenHash }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!found || found.expiresAt.getTime() <= nowMs() || (await findByAddress(tx, found.email))) throw invalidLink();
  const { email, name } = found;
  await tx.em.nativeDelete(SignUp, { email });
  return createUser(tx, { email, name, role: 'CONSUMER', passwordHash: input.passwordHash }).id;
}

/** Sets a new password; all other sessions end. The caller has verified the present one. */
export async function changePassword(
  tx: Tx,
  input: { userId: string; passwordHash: string; keepSessionId: string },
): Promise<void> {
  const user = await lockUser(tx, input.userId);
  user.passwordHash = input.passwordHash;
  await endSessionsOf(tx, user.id, 'password_changed', input.keepSessionId);
}

/** A field that is left out stays; null, which no field takes, is a fault of the input. */
interface UserChanges {
  name?: string | null | undefined;
  role?: Role | null | undefined;
  active?: boolean | null | undefined;
}

const assertGiven = (input: UserChanges, field: keyof UserChanges): void => {
  if (input[field] === null) throw badInput(field, msg`It cannot be emptied.`);
};

/** The company keeps an owner who can sign in, whatever else changes. */
async function assertOwnerRemains(tx: Tx, user: User, { role, active }: Pick<User, 'role' | 'active'>): Promise<void> {
  if (user.role !== 'OWNER' || (role === 'OWNER' && active)) return;
  const others = { id: { $ne: user.id }, role: 'OWNER', active: true, passwordHash: { $ne: null } } as const;
  if ((await tx.em.count(User, others)) === 0) {
    throw badInput(role === 'OWNER' ? 'active' : 'role', msg`The company keeps at least one owner who can sign in.`);
  }
}

/**
 * Changes a person's name, role or access. The sessions of an inactive user end at once. FORBIDDEN: a role beyond one's
 * own, given or taken.
 */
export const updateUser = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'STALE_VERSION'],
  async (tx: Tx, viewer: Viewer, input: UserChanges & { id: string; version: number }): Promise<void> => {
    // Two owners who demote each other concurrently would leave none.
    await takeLock(tx.sql, 'owners');
    const user = await lockUser(tx, input.id);
    const wanted = {
      name: input.name ?? user.name,
      role: input.role ?? user.role,
      active: input.active ?? user.active,
    };
    const { name, role, active } = wanted;
    assertGrantable(viewer, user.role);
    assertGrantable(viewer, role);
    await checkAll(
      () => assertGiven(input, 'name'),
      () => assertGiven(input, 'role'),
      () => assertGiven(input, 'active'),
      () => assertName(name),
      () => assertOwnerRemains(tx, user, wanted),
    );
    if (user.version !== input.version) throw staleVersion(user.version);
    if (name === user.name && role === user.role && active === user.active) return;
    // A link made by somebody with fewer rights must not sign in a user who has gained some.
    if (role !== user.role) await closeLinks(tx, user.id);
    Object.assign(user, wanted);
    if (!active) await closeDoors(tx, user.id, 'revoked');
    tx.emit(userChanged(user.id, {}));
  },
);
