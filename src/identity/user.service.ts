import { now } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Transact, Tx } from '../platform/db/transact.js';
import { hashPassword } from './passwords.js';
import { User } from './user.entity.js';

export interface NewUser {
  email: string;
  name: string;
  role: User['role'];
  passwordHash: string;
}

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
