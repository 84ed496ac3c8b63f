import type { Config } from '../config.js';
import { createFairGate } from './fair-gate.js';
import type { Services } from './module.js';

/** How connections and work are shared between clients, and between clients and the server itself. */
export interface Connections {
  /** For transactions, jobs and the server's own reads. */
  own: number;
  /** For what clients read. */
  clients: number;
}

/**
 * The pool of the settings, shared out. Where there are clients, their reads have two thirds of it, or half of it where
 * jobs run as well.
 */
export function connectionsOf({ database, role }: Config): Connections {
  const all = database.poolSize + database.maxOverflow;
  const share = role === 'api' ? 2 / 3 : role === 'all' ? 1 / 2 : 0;
  // A migration holds its lock on one connection and works on a second one.
  const clients = all < 4 ? 0 : Math.min(Math.floor(all * share), all - 2);
  return { own: all - clients, clients };
}

/**
 * How many operations a process works on at once. With half as many, answers of Postgres come one by one instead of
 * several at a time, and a read costs a quarter more CPU.
 */
const OPERATIONS = 16;
/** When more is asked than can be done, waiting counts for more than CPU. */
const OPERATIONS_UNDER_LOAD = 3;

/** One client may use three quarters of what there is: while all its work is slow, a quarter is free for others. */
const mostOfOne = (of: number): number => Math.max(1, of - Math.ceil(of / 4));

/** Who wants more than its share waits behind itself. */
export function createGates({ own, clients }: Connections): Pick<Services, 'readGate' | 'writeGate' | 'requestGate'> {
  const reads = Math.max(1, clients);
  // Jobs and the server's own statements always find a connection.
  const writes = Math.max(1, own - 2);
  // The operations that need them are bounded already.
  const patient = { burst: 5000, queue: 5000, standingMs: 10_000 };
  return {
    readGate: createFairGate({ total: reads, perSubject: mostOfOne(reads), waitingPerSubject: 2000, ...patient }),
    writeGate: createFairGate({ total: writes, perSubject: mostOfOne(writes), waitingPerSubject: 1000, ...patient }),
    requestGate: createFairGate({
      total: OPERATIONS,
      totalUnderLoad: OPERATIONS_UNDER_LOAD,
      perSubject: mostOfOne(OPERATIONS),
      waitingPerSubject: 1000,
      burst: 32,
      queue: 2,
      standingMs: 30,
    }),
  };
}
