import { LockMode } from '@mikro-orm/core';
import type { Tx } from '../platform/db/transact.js';
import { userChanged } from './identity.events.js';
import { createUser, findByAddress } from './user.service.js';
import { User } from './user.entity.js';

/** What an outside source reports about a person. `undefined` is no report: the old value stays. */
export interface UserSnapshot {
  externalRef: string;
  name: string | undefined;
  /** Undefined: the source knows no address that can be used. */
  email: string | undefined;
  active: boolean;
}

interface Reported {
  /** Null: nobody can be named without an address. */
  id: string | null;
  changed: boolean;
}

/** Who has not been invited is no more than a name: the source says what it is, and whether it is still there. */
const isMereName = (user: User): boolean => user.passwordHash == null && user.emailVerifiedAt == null;

function follow(tx: Tx, user: User, wanted: { name: string; active: boolean }): boolean {
  if (!isMereName(user) || (user.name === wanted.name && user.active === wanted.active)) return false;
  Object.assign(user, wanted);
  tx.emit(userChanged(user.id, {}));
  return true;
}

/**
 * Brings a person to what the source reports; idempotent. Somebody new becomes a salesperson who cannot sign in: an
 * invitation takes the user over, with the role that it names. A user who has the address already is that person. Of
 * somebody who was invited, neither the name nor the access follows the source.
 */
export async function upsertReportedUser(tx: Tx, snapshot: UserSnapshot): Promise<Reported> {
  const { externalRef, name, email, active } = snapshot;
  const bound = await tx.em.findOne(User, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (bound) return { id: bound.id, changed: follow(tx, bound, { name: name ?? bound.name, active }) };
  if (email === undefined) return { id: null, changed: false };
  const known = await findByAddress(tx, email);
  // Somebody else of the source has this address; two people are never made one by a later report.
  if (known?.externalRef != null) return { id: known.id, changed: false };
  const user =
    known ?? createUser(tx, { email, name: name ?? email, role: 'SALESPERSON', passwordHash: null, isVerified: false });
  user.externalRef = externalRef;
  if (!known) user.active = active;
  tx.emit(userChanged(user.id, {}));
  return { id: user.id, changed: true };
}

/** The source no longer has the person; who can sign in here stays. Again is a no-op. */
export async function closeGoneUser(tx: Tx, externalRef: string): Promise<Reported | null> {
  const user = await tx.em.findOne(User, { externalRef }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  return user && { id: user.id, changed: follow(tx, user, { name: user.name, active: false }) };
}
