import { businessDate } from '../../kernel/clock.js';
import { AppError, unavailable } from '../../kernel/errors.js';
import { actorOf, type Language, type Viewer } from '../../kernel/viewer.js';
import { isContention, isStatementTimeout } from '../db/failures.js';
import type { Tx } from '../db/transact.js';
import type { FairGate } from '../fair-gate.js';
import type { Services } from '../module.js';
import { subjectOf } from '../rate-limit.js';
import { noteRequest } from '../rejections.js';
import { createLoaders, type Loader } from './loader.js';
import { msg } from '../../kernel/message.js';

/** One GraphQL operation: who asks, how to read, how to load, how to write. */
export interface Context {
  readonly viewer: Viewer;
  readonly language: Language;
  readonly requestId: string;
  /** The caller's network address, for throttles; behind a proxy only when TRUST_PROXY says so. */
  readonly address: string;
  /** Aborted when the caller has gone and nobody waits for the answer: what waits for a connection is dropped. */
  readonly signal: AbortSignal;
  readonly services: Services;
  /** Business date in the organisation's zone, YYYY-MM-DD. */
  readonly today: string;
  /** The zone in which its days begin. */
  readonly timeZone: string;
  /** What the operation has used so far: the time of its reads. A transaction waits for the locks of others, so its time is not counted. */
  readonly spent: { databaseMs: number };
  /** One prepared statement outside of a transaction, on the connections that clients share. */
  read<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  load<Key, Value>(loader: Loader<Key, Value>, key: Key): Promise<Value | null>;
  /** One Tx in the viewer's name; loaders are cleared afterwards, so the answer is read again. */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

export interface ContextInput {
  viewer: Viewer;
  language: Language;
  requestId: string;
  address: string;
  signal: AbortSignal;
}

const tookTooLong = (cause: unknown): AppError =>
  new AppError(
    'TIMED_OUT',
    msg`This takes the database too long. Ask for a shorter period, fewer rows or fewer conditions.`,
    {
      cause,
    },
  );

export function createContext(services: Services, input: ContextInput): Context {
  const { viewer, address, signal } = input;
  const subject = subjectOf(viewer, address);
  const spent = { databaseMs: 0 };

  /** Runs when the gate has a slot for this client. */
  const inTurn = <T>(gate: FairGate, work: () => Promise<T>): Promise<T> => {
    const result = gate.run(subject, signal, work);
    // A second handler beside the caller's: it only records that the client's own work failed.
    result.catch((error: unknown) => noteRequest(error, input.requestId));
    return result;
  };
  const read = <Row>(text: string, params?: readonly unknown[]): Promise<Row[]> =>
    inTurn(services.readGate, async () => {
      const begun = performance.now();
      try {
        return await services.db.readForClient<Row>(text, params);
      } catch (error) {
        if (isStatementTimeout(error)) throw tookTooLong(error);
        if (isContention(error))
          throw unavailable(msg`The records are being changed at the moment. Try again.`, 1, error);
        throw error;
      } finally {
        spent.databaseMs += performance.now() - begun;
      }
    });

  const loaders = createLoaders(() => ({ ...services, db: { ...services.db, read } }), viewer);
  return {
    ...input,
    services,
    spent,
    today: businessDate(services.config.timeZone),
    timeZone: services.config.timeZone,
    read,
    load: loaders.load,
    async transact(work) {
      const who = { origin: 'user', actor: actorOf(viewer), requestId: input.requestId } as const;
      const result = await inTurn(services.writeGate, () => services.transact(who, work));
      loaders.clear();
      return result;
    },
  };
}
