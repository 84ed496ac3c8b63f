import { businessDate } from '../../kernel/clock.js';
import { actorOf, type Language, type Viewer } from '../../kernel/viewer.js';
import type { Tx } from '../db/transact.js';
import type { Services } from '../module.js';
import { createLoaders, type Loader } from './loader.js';

/** One GraphQL operation: who asks, how to read, how to load, how to write. */
export interface Context {
  readonly viewer: Viewer;
  readonly language: Language;
  readonly requestId: string;
  /** The caller's network address, for throttles; behind a proxy only when TRUST_PROXY says so. */
  readonly address: string;
  /** Aborted when the caller has gone and nobody waits for the answer. */
  readonly signal: AbortSignal;
  readonly services: Services;
  /** Business date in the organisation's zone, YYYY-MM-DD. */
  readonly today: string;
  /** One named prepared statement outside of a transaction. */
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

export function createContext(services: Services, input: ContextInput): Context {
  const loaders = createLoaders(services, input.viewer);
  return {
    ...input,
    services,
    today: businessDate(services.config.timeZone),
    read: (text, params) => services.db.read(text, params),
    load: loaders.load,
    async transact(work) {
      const who = { origin: 'user', actor: actorOf(input.viewer), requestId: input.requestId } as const;
      const result = await services.transact(who, work);
      loaders.clear();
      return result;
    },
  };
}
