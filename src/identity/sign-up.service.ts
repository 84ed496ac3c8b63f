import { fromMs, now, nowMs } from '../kernel/clock.js';
import { checkAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { assertPassword } from './password-rules.js';
import { SignUp } from './sign-up.entity.js';
import { hashSecret, newSecret } from './tokens.js';
import { alreadyExists, assertPerson, createUser, findByAddress, normalizeAddress } from './user.service.js';
import type { User } from './user.entity.js';

const SIGN_UP_MS = 86_400_000;

/** What somebody types to sign up. */
export async function assertSignUp(input: { email: string; name: string; password: string }): Promise<void> {
  await checkAll(
    () => assertPerson(input),
    () => assertPassword(input.password, 'password', input),
  );
}

/** A consumer's user at once, unverified: for the demo and for development. The caller has held assertSignUp. */
export const signUpConsumer = defineCommand(
  ['ALREADY_EXISTS'],
  async (tx: Tx, input: { email: string; name: string; passwordHash: string }): Promise<User> => {
    if (await findByAddress(tx, input.email)) throw alreadyExists();
    return createUser(tx, { ...input, name: input.name.trim(), role: 'CONSUMER', isVerified: false });
  },
);

export interface PendingSignUp {
  id: string;
  email: string;
  /** For redeemLink. Null when the address belongs to a user, who is informed; the caller is not. */
  token: string | null;
}

/**
 * Records that somebody signed up. The user is created by redeemLink. A taken address leaves the same row and gets the
 * same answer, so nobody learns which addresses are in use. The caller has held assertSignUp.
 */
export async function recordSignUp(tx: Tx, input: { email: string; name: string }): Promise<PendingSignUp> {
  const email = normalizeAddress(input.email);
  const token = newSecret('tshl');
  const { id } = tx.em.create(SignUp, {
    id: newId(),
    email,
    name: input.name.trim(),
    tokenHash: hashSecret(token),
    createdAt: now(),
    expiresAt: fromMs(nowMs() + SIGN_UP_MS),
  });
  return { id, email, token: (await findByAddress(tx, email)) ? null : token };
}
