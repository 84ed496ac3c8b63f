import { AppError, badInput } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { canonicalJson, sha256Hex } from '../kernel/hash.js';
import type { Tx } from './db/transact.js';
import type { Retention } from './queue/retention.js';
import { msg } from '../kernel/message.js';

/**
 * A key makes a command happen once: the effect and the key are one commit. The same key with the same input answers
 * what it answered before (`replayed`); with another input IDEMPOTENCY_MISMATCH. Keys belong to the actor and the
 * operation, so nobody can read or block another one's.
 */
export interface Keyed<Answer> {
  answer: Answer;
  replayed: boolean;
}

/** A client that repeats a command does so within hours; after 30 days its key is forgotten. */
export const idempotencyRetention: Retention = {
  table: 'idempotency_keys',
  old: `created_at < now() - interval '30 days'`,
  age: 'created_at',
};

const KEY = /^[\x21-\x7e]{8,100}$/;

/** `input` is compared as JSON; `work` answers what a replay shall see, ids rather than rows. Two at once: one waits. */
export async function withIdempotencyKey<Answer>(
  tx: Tx,
  command: KeyedCommand,
  work: () => Promise<Answer>,
): Promise<Keyed<Answer>> {
  const isKey = KEY.test(command.key);
  const [, keyed] = await checkAll(
    () => {
      if (isKey) return;
      throw badInput(
        'idempotencyKey',
        msg`An idempotency key has 8 to 100 printable characters without spaces, such as a UUID.`,
      );
    },
    // Without a key the work only says what else is wrong with the input; the Tx is rolled back.
    async () => (isKey ? runOnce(tx, command, work) : { answer: await work(), replayed: false }),
  );
  return keyed;
}

interface KeyedCommand {
  operation: string;
  key: string;
  input: unknown;
}

async function runOnce<Answer>(tx: Tx, command: KeyedCommand, work: () => Promise<Answer>): Promise<Keyed<Answer>> {
  const where = [tx.actor, command.operation, command.key];
  const hash = sha256Hex(canonicalJson(command.input));
  const taken = await tx.sql(
    `insert into idempotency_keys (actor, operation, key, request_hash) values ($1, $2, $3, $4)
     on conflict do nothing returning key`,
    [...where, hash],
  );
  if (taken.length === 0) {
    const [known] = await tx.sql<{ request_hash: string; answer: Answer }>(
      'select request_hash, answer from idempotency_keys where actor = $1 and operation = $2 and key = $3',
      where,
    );
    if (!known || known.request_hash !== hash) {
      throw new AppError('IDEMPOTENCY_MISMATCH', msg`This key was used before with another input. Take a new key.`, {
        field: 'idempotencyKey',
      });
    }
    return { answer: known.answer, replayed: true };
  }
  const answer = await work();
  await tx.em.flush();
  await tx.sql('update idempotency_keys set answer = $4 where actor = $1 and operation = $2 and key = $3', [
    ...where,
    JSON.stringify(answer),
  ]);
  return { answer, replayed: false };
}
