import DataLoader from 'dataloader';
import type { Viewer } from '../../kernel/viewer.js';
import type { Services } from '../module.js';

/**
 * A loader is a value: how one batch is read. It stands beside the query that it batches; each Context keeps its own
 * instances, so nothing is shared between requests or viewers.
 */
export interface Loader<Key, Value> {
  readonly name: string;
  batch(services: Services, keys: readonly Key[], viewer: Viewer): Promise<ReadonlyMap<Key, Value>>;
}

export function defineLoader<Key, Value>(name: string, batch: Loader<Key, Value>['batch']): Loader<Key, Value> {
  return { name, batch };
}

export interface Loaders {
  load<Key, Value>(loader: Loader<Key, Value>, key: Key): Promise<Value | null>;
  clear(): void;
}

const MAX_BATCH = 1000;

/** `makeServices` is called when the first loader is used: many operations use none. */
export function createLoaders(makeServices: () => Services, viewer: Viewer): Loaders {
  const instances = new Map<unknown, DataLoader<unknown, unknown>>();
  let made: Services | null = null;
  return {
    load<Key, Value>(loader: Loader<Key, Value>, key: Key): Promise<Value | null> {
      let instance = instances.get(loader);
      if (!instance) {
        instance = new DataLoader<unknown, unknown>(
          async (keys) => {
            made ??= makeServices();
            const found = await loader.batch(made, keys as readonly Key[], viewer);
            return keys.map((one) => found.get(one as Key) ?? null);
          },
          { maxBatchSize: MAX_BATCH },
        );
        instances.set(loader, instance);
      }
      return instance.load(key) as Promise<Value | null>;
    },
    clear: () => instances.clear(),
  };
}
