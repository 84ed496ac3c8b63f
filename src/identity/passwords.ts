import argon2 from 'argon2';

/**
 * argon2id with OWASP's smallest recommended cost (19 MiB, 2 passes): about 20 ms on the thread pool. Two at a time,
 * so that a flood of sign-ins cannot take all threads from the rest of the process.
 */
const OPTIONS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CONCURRENCY = 2;

let running = 0;
const queue: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= CONCURRENCY) await new Promise<void>((resolve) => queue.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  }
}

export function hashPassword(password: string): Promise<string> {
  return inTurn(() => argon2.hash(password, OPTIONS));
}

let dummy: Promise<string> | null = null;

/** Verifies against a dummy hash when there is no such user, so that both cases take the same time. */
export async function verifyPassword(hash: string | null, password: string): Promise<boolean> {
  dummy ??= hashPassword('no user has this password');
  const against = hash ?? (await dummy);
  const matches = await inTurn(() => argon2.verify(against, password));
  return hash !== null && matches;
}
