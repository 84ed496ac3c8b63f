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

/** How the configured pool is divided: half of it serves the reads of clients, in processes that serve clients. */
export function connectionsOf({ database, role }: Config): Connections {
  const all = database.poolSize + database.maxOverflow;
  // A migration holds its lock on one connection and works on a second one.
  const clients = role === 'worker' || role === 'notify' || all < 4 ? 0 : Math.floor(all / 2);
  return { own: all - clients, clients };
}

/** How many operations a process works on at once: enough to keep Postgres busy, few enough that each is quick. */
const OPERATIONS = 8;
const OPERATIONS_OF_ONE = 6;

/** One client may use half of the connections; its further work waits for its own. */
export function createGates({ own, clients }: Connections): Pick<Services, 'readGate' | 'writeGate' | 'requestGate'> {
  const half = (of: number): number => Math.max(1, Math.ceil(of / 2));
  const reads = Math.max(1, clients);
  // Jobs and the server's own statements always find a connection.
  const writes = Math.max(1, own - 2);
  // The operations that need them are bounded already.
  const patient = { burst: 5000, queue: 5000, standingMs: 10_000 };
  return {
    readGate: createFairGate({ total: reads, perSubject: half(reads), waitingPerSubject: 2000, ...patient }),
    writeGate: createFairGate({ total: writes, perSubject: half(writes), waitingPerSubject: 1000, ...patient }),
    requestGate: createFairGate({
      total: OPERATIONS,
      perSubject: OPERATIONS_OF_ONE,
      waitingPerSubject: 1000,
      burst: 64,
      queue: 4,
      standingMs: 100,
    }),
  };
}
