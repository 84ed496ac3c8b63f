/**
 * How long a sign-in waits. Only failures count, and they lead to a delay of 2 to 30 s, never to a lock: whoever could
 * lock a user by wrong guesses could keep that person out.
 */
export const WINDOW_SECONDS = 15 * 60;
export const LONGEST_DELAY_SECONDS = 30;
/** Failures without a delay: of one user from one network or device, of one user from everywhere, of one network. */
export const FREE = { pair: 5, user: 10, network: 20 } as const;

export interface Failures {
  failures: number;
  /** What is left of the present delay; 0 when there is none. */
  waitSeconds: number;
  /** Whether anything was counted in this window. */
  seen: boolean;
}

export interface SignInState {
  /** The user from this network, or from this device. */
  pair: Failures;
  /** The user from everywhere. */
  user: Failures;
  /** The network, whoever the user. */
  network: Failures;
  /** The caller has shown a device token of this user. */
  isKnownDevice: boolean;
}

/**
 * `check`: the password decides. `check-known`: the same work, but only a user who has signed in from this network
 * before gets in; everybody else has to wait, so the answer does not reveal whether there is such a user.
 */
export type Verdict =
  { kind: 'check' } | { kind: 'check-known'; waitSeconds: number } | { kind: 'wait'; waitSeconds: number };

export function delayAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(LONGEST_DELAY_SECONDS, 2 ** (failures - free + 1));
}

export function judgeSignIn({ pair, user, network, isKnownDevice }: SignInState): Verdict {
  if (pair.waitSeconds > 0) return { kind: 'wait', waitSeconds: pair.waitSeconds };
  if (isKnownDevice) return { kind: 'check' };
  if (network.waitSeconds > 0) return { kind: 'check-known', waitSeconds: network.waitSeconds };
  // For a user who is being guessed at from many networks, each new network waits before its first try.
  const knock = pair.seen ? 0 : delayAfter(user.failures, FREE.user);
  return knock > 0 ? { kind: 'check-known', waitSeconds: knock } : { kind: 'check' };
}

/** The delays that one more failure brings. */
export function delaysAfterFailure(state: SignInState): { pair: number; network: number } {
  const own = delayAfter(state.pair.failures + 1, FREE.pair);
  if (state.isKnownDevice) return { pair: own, network: 0 };
  return {
    pair: Math.max(own, delayAfter(state.user.failures + 1, FREE.user)),
    network: delayAfter(state.network.failures + 1, FREE.network),
  };
}
