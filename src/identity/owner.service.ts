import { now } from '../kernel/clock.js';
import { takeLock } from '../platform/db/locks.js';
import type { Transact, Tx } from '../platform/db/transact.js';
import { userChanged } from './identity.events.js';
import { findSignInUser } from './throttle.queries.js';
import { hasActiveOwner } from './identity.queries.js';
import { hashPassword, verifyPassword } from './passwords.js';
import type { Database } from '../platform/db/orm.js';
import {
  assertAddress,
  closeDoors,
  createUser,
  findByAddress,
  issueLink,
  normalizeAddress,
  type IssuedLink,
} from './user.service.js';
import type { User } from './user.entity.js';

const SYSTEM = { origin: 'system', actor: 'system' } as const;

/**
 * Whoever can read the server's settings or its database has an owner's power already, so no permission is checked
 * here.
 */
async function makeOwner(tx: Tx, email: string, passwordHash: string | null): Promise<User> {
  const present = await findByAddress(tx, email);
  if (!present) return createUser(tx, { email, name: 'Owner', role: 'OWNER', passwordHash });
  Object.assign(present, {
    role: 'OWNER',
    active: true,
    emailVerifiedAt: present.emailVerifiedAt ?? now(),
    ...(passwordHash === null ? {} : { passwordHash }),
  });
  await closeDoors(tx, present.id, 'password_changed');
  tx.emit(userChanged(present.id, {}));
  return present;
}

/**
 * Makes an owner while nobody can sign in as one, whatever else the database holds. Several processes starting at once
 * make one.
 */
export async function ensureOwner(
  transact: Transact,
  admin: { email: string; password: string },
): Promise<'created' | 'exists'> {
  return transact(SYSTEM, async (tx) => {
    await takeLock(tx.sql, 'owners');
    if (await hasActiveOwner(tx.sql)) return 'exists';
    await makeOwner(tx, admin.email, await hashPassword(admin.password));
    return 'created';
  });
}

/** Whether an owner can sign in with these credentials; the start prints them only if so. */
export async function isOwnerSignIn(db: Database, admin: { email: string; password: string }): Promise<boolean> {
  const user = await findSignInUser(db, normalizeAddress(admin.email), '');
  const isRight = await verifyPassword(user?.passwordHash ?? null, admin.password);
  return isRight && user?.active === true && user.role === 'OWNER';
}

export interface RecoveredOwner {
  outcome: 'created' | 'reset';
  /** Null when the password was set. */
  link: IssuedLink | null;
}

/**
 * Creates an owner, or gives a user the role and activates it again; ends its sessions and links. Sets the password, or
 * answers a link, good once and for an hour, that does. Throws BAD_INPUT.
 */
export function recoverOwner(
  transact: Transact,
  input: { email: string; passwordHash: string | null },
): Promise<RecoveredOwner> {
  assertAddress(input.email);
  return transact({ origin: 'system', actor: 'owner-command' }, async (tx) => {
    await takeLock(tx.sql, 'owners');
    const outcome = (await findByAddress(tx, input.email)) ? 'reset' : 'created';
    const owner = await makeOwner(tx, input.email, input.passwordHash);
    return { outcome, link: input.passwordHash === null ? issueLink(tx, owner, 'reset') : null };
  });
}
