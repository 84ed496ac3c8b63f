import { StartFault } from '../../kernel/start-fault.js';
import type { Module, Services } from '../module.js';
import type { JobHandler } from './job.js';
import type { Schedule } from './scheduler.js';

/** Handlers by the kind of their jobs. Throws StartFault when two have the same one: each job has one owner. */
export function handlersByKind(handlers: readonly JobHandler[]): ReadonlyMap<string, JobHandler> {
  const byKind = new Map<string, JobHandler>();
  for (const handler of handlers) {
    if (byKind.has(handler.kind)) throw new StartFault(`Two job handlers are named "${handler.kind}".`);
    byKind.set(handler.kind, handler);
  }
  return byKind;
}

/** The job handlers of all modules. Throws StartFault when two modules bring one of the same kind. */
export function handlersOf(modules: readonly Module[], services: Services): JobHandler[] {
  const owners = new Map<string, string>();
  return modules.flatMap((module) => {
    const handlers = module.jobs?.(services) ?? [];
    for (const { kind } of handlers) {
      const owner = owners.get(kind);
      if (owner !== undefined) {
        throw new StartFault(`Two job handlers are named "${kind}": one of ${owner} and one of ${module.name}.`);
      }
      owners.set(kind, module.name);
    }
    return handlers;
  });
}

/** The schedules of all modules. Throws StartFault when two have one name: they would share a row. */
export function schedulesOf(modules: readonly Module[]): Schedule[] {
  const schedules = modules.flatMap((module) => module.schedules ?? []);
  const names = schedules.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new StartFault(`Two schedules are named "${twice}".`);
  return schedules;
}
