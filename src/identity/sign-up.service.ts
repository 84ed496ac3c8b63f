import { fromMs, now, nowMs } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import type { Tx } from '../platform/db/transact.js';
import { SignUp } from './sign-up.entity.js';
import { hashSecret, newSecret } from './tokens.js';
import { alreadyExists, assertPerson, createUser, findByAddress, normalizeAddress } from './user.service.js';
import type { User } from './user.entity.js';

const SIGN_UP_MS = 86_400_000;

/** A consumer's user at once, unverified: for the demo and for development. Throws BAD_INPUT, ALREADY_EXISTS. */
export async function signUpConsumer(
  tx: Tx,
  input: { email: string; name: string; passwordHash: string },
): Promise<User> {
  assertPerson(input);
  if (await findByAddress(tx, input.email)) throw alreadyExists();
  return createUser(tx, { ...input, name: input.name.trim(), role: 'CONSUMER', isVerified: false });
}

export interface PendingSignUp {
  id: string;
  email: string;
  /** For redeemLink. Null when the address belongs to a user, who is informed; the caller is not. */
  token: string | null;
}

/**
 * Records that somebody signed up. The user is created by redeemLink. A taken address leaves the same row and gets the
 * same answer, so nobody learns which addresses are in use. Throws BAD_INPUT.
 */
export async function recordSignUp(tx: Tx, input: { email: string; name: string }): Promise<PendingSignUp> {
  assertPerson(input);
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
