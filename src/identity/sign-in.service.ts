import { AppError } from '../kernel/errors.js';
import { defineCommand } from '../platform/command.js';
import { createAttemptLog, type Attempt } from './attempts.service.js';
import { networkOf } from './network.js';
import { verifyPassword } from './passwords.js';
import { MAX_PASSWORD } from './password-rules.js';
import type { Device } from './keyed.js';
import { openSession, type SessionServices, type SignedIn } from './session.service.js';
import { delayAfter, delaysAfterFailure, FREE, judgeSignIn, type SignInState } from './throttle.js';
import {
  addFailures,
  countTry,
  findSignInUser,
  forgetFailures,
  readFailures,
  type SignInUser,
} from './throttle.queries.js';
import { createPace, createTurns, throttled, type Turns } from './turns.js';
import { msg } from '../kernel/message.js';

export interface SignInInput {
  email: string;
  password: string;
  address: string;
  /** The device token of an earlier sign-in. */
  device: string | null;
  requestId: string | null;
}

const STRANGERS = 20;
// Passwords that are looked at although their network must wait: about a tenth of a core.
const LOOKS_PER_SECOND = 5;

interface Guard {
  turns: Turns;
  mayLook(network: string): boolean;
  log(attempt: Attempt): Promise<void>;
}

// One guard a process, but tests run several apps in one.
const guards = new WeakMap<object, Guard>();

function guardOf({ transact }: SessionServices): Guard {
  const known = guards.get(transact);
  if (known) return known;
  const guard = { turns: createTurns(), mayLook: createPace(LOOKS_PER_SECOND), log: createAttemptLog(transact) };
  guards.set(transact, guard);
  return guard;
}

interface Keys {
  pair: string;
  user: string;
  network: string;
}

/** Postgres takes neither zero bytes nor half characters; no e-mail address has them either. */
const normalizeEmail = (given: string): string =>
  given
    .trim()
    .toLowerCase()
    .slice(0, 321)
    .replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd');

const wrong = (): AppError =>
  new AppError('INVALID_CREDENTIALS', msg`The e-mail address or the password is not right.`);

/**
 * Starts a session. Failures count per user and network together, and lead to delays that grow to 30 s (throttle.ts); a
 * success takes its own failures back. A device or a network from which the user has signed in before is not delayed by
 * the guesses of others. Unknown address, wrong password and inactive user answer the same, after the same work.
 */
export const signIn = defineCommand(
  ['INVALID_CREDENTIALS', 'THROTTLED'],
  async (services: SessionServices, input: SignInInput): Promise<SignedIn> => {
    const { keyed } = services.tokens;
    const requested: Requested = { ...input, email: normalizeEmail(input.email), network: networkOf(input.address) };
    const shown = keyed.readDevice(input.device);
    // A device of the user does not queue behind those who guess from the same network.
    const device = shown && deviceOf(shown, await findSignInUserOf(services, requested));
    const key = device ? `device:${device.id}` : requested.network;
    return guardOf(services).turns.run(key, () => signInFrom(services, requested, shown));
  },
);

interface Requested extends SignInInput {
  network: string;
}

const findSignInUserOf = ({ db, tokens }: SessionServices, { email, network }: Requested): Promise<SignInUser | null> =>
  findSignInUser(db, email, tokens.keyed.fingerprint(network));

async function signInFrom(services: SessionServices, input: Requested, shown: Device | null): Promise<SignedIn> {
  const { db, tokens } = services;
  const { email, network } = input;
  const guard = guardOf(services);
  const fingerprint = tokens.keyed.fingerprint(email);
  const user = await findSignInUserOf(services, input);
  const device = shown && deviceOf(shown, user);
  const keys: Keys = {
    pair: device ? `device:${device.id}` : `pair:${fingerprint}:${network}`,
    user: `account:${fingerprint}`,
    network: `network:${network}`,
  };
  const state = await readState(services, keys, device !== null);
  const verdict = judgeSignIn(state);
  const attempt = { userId: user?.userId ?? null, email, fingerprint, network, requestId: input.requestId };
  const refuse = async (seconds: number): Promise<never> => {
    await guard.log({ ...attempt, outcome: 'throttled' });
    throw throttled(seconds);
  };
  if (verdict.kind === 'wait') return refuse(verdict.waitSeconds);
  if (verdict.kind === 'check-known' && !guard.mayLook(network)) return refuse(verdict.waitSeconds);

  const isRight = await verifyPassword(user?.passwordHash ?? null, input.password.slice(0, MAX_PASSWORD));
  const signedIn = isRight && user?.active ? user : null;
  if (signedIn && (verdict.kind === 'check' || signedIn.isKnownNetwork)) {
    await takeBack(services, keys, state);
    return openSession(services, { userId: signedIn.userId, network, device });
  }
  const delays = delaysAfterFailure(state);
  if (verdict.kind === 'check-known') {
    // The network's own delay is not extended by these tries; otherwise whoever keeps trying would keep everybody out.
    const pair = Math.max(delays.pair, state.network.waitSeconds > 0 ? 0 : Math.ceil(verdict.waitSeconds));
    await addFailures(db, [
      { key: keys.pair, failures: signedIn ? 0 : 1, delaySeconds: pair },
      { key: keys.user, failures: signedIn ? 0 : 1, delaySeconds: 0 },
    ]);
    return refuse(verdict.waitSeconds);
  }
  await addFailures(db, [
    { key: keys.pair, failures: 1, delaySeconds: delays.pair },
    { key: keys.user, failures: 1, delaySeconds: 0 },
    ...(device ? [] : [{ key: keys.network, failures: 1, delaySeconds: delays.network }]),
  ]);
  await guard.log({ ...attempt, outcome: 'failed' });
  throw wrong();
}

const deviceOf = (device: Device, user: SignInUser | null): Device | null =>
  device.userId === user?.userId ? device : null;

async function readState({ db }: SessionServices, keys: Keys, isKnownDevice: boolean): Promise<SignInState> {
  const [pair, user, network] = await readFailures(db, [keys.pair, keys.user, keys.network]);
  if (!pair || !user || !network) throw new Error('Each key has its count.');
  return { pair, user, network, isKnownDevice };
}

/**
 * A success takes back the failures of its own pair, and only those: or an attacker's own sign-in would clear the rest.
 */
async function takeBack({ db }: SessionServices, keys: Keys, { pair, isKnownDevice }: SignInState): Promise<void> {
  if (!pair.seen) return;
  await forgetFailures(db, keys.pair);
  if (pair.failures === 0) return;
  await addFailures(db, [
    { key: keys.user, failures: -pair.failures, delaySeconds: 0 },
    ...(isKnownDevice ? [] : [{ key: keys.network, failures: -pair.failures, delaySeconds: 0 }]),
  ]);
}

/**
 * Counts a use of a field by which anonymous callers store something. Throws THROTTLED above 20 a network in 15
 * minutes.
 */
export async function countStranger({ db }: SessionServices, door: string, address: string): Promise<void> {
  const tries = await countTry(db, `${door}:${networkOf(address)}`);
  if (tries.count > STRANGERS) throw throttled(tries.retryAfterSeconds);
}

/** Counts an invalid link; valid ones are never delayed. Throws THROTTLED while the network has guessed too often. */
export async function countWrongLink({ db }: SessionServices, address: string): Promise<void> {
  const key = `link:${networkOf(address)}`;
  const [present] = await readFailures(db, [key]);
  if (present && present.waitSeconds > 0) throw throttled(present.waitSeconds);
  const delaySeconds = delayAfter((present?.failures ?? 0) + 1, FREE.network);
  await addFailures(db, [{ key, failures: 1, delaySeconds }]);
}

/** Whether this is the user's present password. Wrong ones lead to a delay that grows to 30 s: THROTTLED. */
export async function isOwnPassword(
  services: SessionServices,
  user: { id: string; passwordHash: string | null },
  password: string,
): Promise<boolean> {
  const key = `own:${user.id}`;
  return guardOf(services).turns.run(key, async () => {
    const [present] = await readFailures(services.db, [key]);
    if (present && present.waitSeconds > 0) throw throttled(present.waitSeconds);
    const isRight = await verifyPassword(user.passwordHash, password.slice(0, MAX_PASSWORD));
    if (isRight) {
      if (present?.seen) await forgetFailures(services.db, key);
    } else {
      const delaySeconds = delayAfter((present?.failures ?? 0) + 1, FREE.pair);
      await addFailures(services.db, [{ key, failures: 1, delaySeconds }]);
    }
    return isRight;
  });
}
