import type { LoggedEvent } from './events.js';
import type { Module, ModuleParts, Services } from './module.js';

/** What all modules have added to this process, as one. */
export interface BuiltParts {
  onEvent(event: LoggedEvent): void;
  /** In the order of the modules, one after the other. */
  start(): Promise<void>;
  scrape(): Promise<void>;
  drain(): Promise<void>;
}

/** Has each module build its parts, in order, and adds what they provide to `services`. */
export async function buildModuleParts(modules: readonly Module[], services: Services): Promise<BuiltParts> {
  const parts: ModuleParts[] = [];
  for (const module of modules) {
    const built = await module.services?.(services);
    if (!built) continue;
    Object.assign(services, built.provides);
    parts.push(built);
  }
  return {
    onEvent: (event) => parts.forEach((part) => part.onEvent?.(event)),
    async start() {
      for (const part of parts) await part.start?.();
    },
    async scrape() {
      await Promise.all(parts.map(async (part) => part.scrape?.()));
    },
    async drain() {
      await Promise.all(parts.map(async (part) => part.drain?.()));
    },
  };
}
