import { LockMode } from '@mikro-orm/core';
import { fromMs, now, nowMs } from '../kernel/clock.js';
import { AppError, badInput, forbidden, notFound, staleVersion } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { can, ROLES, type Role, type Viewer } from '../kernel/viewer.js';
import type { Transact, Tx } from '../platform/db/transact.js';
import { userChanged } from './identity.events.js';
import { OneTimeLink } from './one-time-link.entity.js';
import { hashPassword } from './passwords.js';
import { ROLE_PERMISSIONS } from './permissions.js';
import { endSessionsOf } from './session.service.js';
import { hashSecret, newSecret } from './tokens.js';
import { User } from './user.entity.js';

export interface NewUser {
  email: string;
  name: string;
  role: User['role'];
  passwordHash: string | null;
}

/** The caller has checked who may do this. */
export function createUser(tx: Tx, input: NewUser): User {
  return tx.em.create(User, {
    id: newId(),
    email: input.email.trim().toLowerCase(),
    name: input.name,
    role: input.role,
    passwordHash: input.passwordHash,
    active: true,
    version: 1,
    createdAt: now(),
  });
}

/** Makes the first owner on an empty database. Several processes starting at once make one. */
export async function ensureFirstOwner(
  transact: Transact,
  admin: { email: string; password: string },
): Promise<'created' | 'exists'> {
  const passwordHash = await hashPassword(admin.password);
  return transact({ origin: 'system', actor: 'system' }, async (tx) => {
    await tx.sql('select pg_advisory_xact_lock(7411001)');
    if ((await tx.em.count(User)) > 0) return 'exists';
    createUser(tx, { email: admin.email, name: 'Owner', role: 'OWNER', passwordHash });
    return 'created';
  });
}

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;
const MAX_NAME = 100;
const MIN_PASSWORD = 10;
const MAX_PASSWORD = 256;
const INVITE_MS = 7 * 86_400_000;
const RESET_MS = 3_600_000;

export function assertPassword(password: string, field: string): void {
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD) {
    throw badInput(field, `A password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`);
  }
}

function assertPerson(input: { email?: string; name?: string }): void {
  if (input.email !== undefined && !EMAIL.test(input.email.trim())) {
    throw badInput('email', 'This is no e-mail address.');
  }
  if (input.name !== undefined && (input.name.trim() === '' || input.name.length > MAX_NAME)) {
    throw badInput('name', `A name has 1 to ${MAX_NAME} characters.`);
  }
}

/** Nobody gives a role that may more than they may themselves. */
function assertGrantable(viewer: Viewer, role: Role): void {
  if (!ROLES.includes(role)) throw badInput('role', 'There is no such role.');
  const beyond = ROLE_PERMISSIONS[role].find((scope) => !can(viewer, scope));
  if (beyond !== undefined) throw forbidden(`You cannot give the role ${role}: it may ${beyond}, which you may not.`);
}

async function assertFree(tx: Tx, email: string): Promise<void> {
  if ((await tx.em.count(User, { email: email.trim().toLowerCase() })) > 0) {
    throw new AppError('ALREADY_EXISTS', 'There is an account with this e-mail address.', { field: 'email' });
  }
}

export interface IssuedLink {
  userId: string;
  /** Shown once. */
  token: string;
  expiresAt: Date;
}

function issueLink(tx: Tx, user: User, purpose: OneTimeLink['purpose']): IssuedLink {
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

/**
 * Makes an account without a password and a link, good once and for 7 days, that sets it. Throws BAD_INPUT,
 * ALREADY_EXISTS, FORBIDDEN (a role beyond one's own).
 */
export async function inviteUser(
  tx: Tx,
  viewer: Viewer,
  input: { email: string; name: string; role: Role },
): Promise<IssuedLink> {
  assertPerson(input);
  assertGrantable(viewer, input.role);
  await assertFree(tx, input.email);
  return issueLink(tx, createUser(tx, { ...input, name: input.name.trim(), passwordHash: null }), 'invite');
}

/** A consumer's own account. Throws BAD_INPUT, ALREADY_EXISTS. The caller counts the tries of the address. */
export async function signUpConsumer(
  tx: Tx,
  input: { email: string; name: string; passwordHash: string },
): Promise<User> {
  assertPerson(input);
  await assertFree(tx, input.email);
  return createUser(tx, { ...input, name: input.name.trim(), role: 'CONSUMER' });
}

async function lockUser(tx: Tx, id: string): Promise<User> {
  const user = isId(id) ? await tx.em.findOne(User, id, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!user) throw notFound('User', id);
  return user;
}

/** A link, good once and for an hour, that sets a new password and ends all sessions. Throws NOT_FOUND, FORBIDDEN. */
export async function createPasswordReset(tx: Tx, viewer: Viewer, userId: string): Promise<IssuedLink> {
  const user = await lockUser(tx, userId);
  // Who could reset an owner's password could become one.
  assertGrantable(viewer, user.role);
  if (!user.active) throw badInput('userId', 'This account is closed.');
  return issueLink(tx, user, 'reset');
}

const invalidLink = (): AppError =>
  new AppError('INVALID_CREDENTIALS', 'The link is not valid any more. Ask for a new one.', { field: 'token' });

/**
 * Uses a one-time link: sets the password, closes all other links of the account, and ends its sessions. Answers the
 * user. Throws INVALID_CREDENTIALS for a link that is unknown, used or too old. Two uses at once are one.
 */
export async function redeemLink(tx: Tx, input: { token: string; passwordHash: string }): Promise<string> {
  const link = await tx.em.findOne(
    OneTimeLink,
    { tokenHash: hashSecret(input.token) },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!link || link.usedAt || link.expiresAt.getTime() <= nowMs()) throw invalidLink();
  const user = await lockUser(tx, link.user.id);
  if (!user.active) throw invalidLink();
  for (const other of await tx.em.find(OneTimeLink, { user: user.id, usedAt: null })) other.usedAt = now();
  link.usedAt = now();
  user.passwordHash = input.passwordHash;
  await endSessionsOf(tx, user.id, 'password_changed', null);
  tx.emit(userChanged(user.id, {}));
  return user.id;
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

/**
 * Changes a person's name, role or access. A closed account's sessions end at once. Throws NOT_FOUND, BAD_INPUT (the
 * last owner), STALE_VERSION, FORBIDDEN (a role beyond one's own, given or taken).
 */
export async function updateUser(
  tx: Tx,
  viewer: Viewer,
  input: {
    id: string;
    version: number;
    name?: string | undefined;
    role?: Role | undefined;
    active?: boolean | undefined;
  },
): Promise<void> {
  // Two owners that demote each other at once would leave none.
  await tx.sql('select pg_advisory_xact_lock(7411001)');
  const user = await lockUser(tx, input.id);
  assertPerson({ ...(input.name === undefined ? {} : { name: input.name }) });
  if (user.version !== input.version) throw staleVersion(user.version);
  const { name = user.name, role = user.role, active = user.active } = input;
  assertGrantable(viewer, user.role);
  assertGrantable(viewer, role);
  if (user.role === 'OWNER' && (role !== 'OWNER' || !active)) {
    const owners = await tx.em.count(User, { role: 'OWNER', active: true });
    if (owners <= 1) throw badInput(role === 'OWNER' ? 'active' : 'role', 'The company keeps at least one owner.');
  }
  if (name === user.name && role === user.role && active === user.active) return;
  Object.assign(user, { name, role, active });
  if (!active) await endSessionsOf(tx, user.id, 'revoked', null);
  tx.emit(userChanged(user.id, {}));
}
