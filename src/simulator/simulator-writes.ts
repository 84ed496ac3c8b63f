import type { ModuleCalls } from './module-calls.js';
import type { Body, Product, Resource } from './resource.js';
import type { Origin } from './workflow-rules.js';

export interface WriteOptions {
  product?: Product;
  /** Whether a person did it at the screen, if nothing is said, or what else; decides whether rules fire. */
  origin?: Origin;
}

/** What people do at the screens of Zoho: the writes of the API, without its limits, and with numbers of their own. */
export interface SimulatorWrites {
  /** Answers the id. */
  create(module: string, input: Body, options?: WriteOptions): string;
  update(module: string, id: string, input: Body, options?: WriteOptions): void;
  delete(module: string, id: string, options?: WriteOptions): void;
  /** A change of state, or a row of a part: `status/void`, `refunds`. */
  act(module: string, id: string, path: string, input?: Body, options?: WriteOptions): void;
}

interface Parts {
  resources: readonly Resource[];
  callsOf(origin: Origin): ModuleCalls;
}

/** Throws when Zoho would refuse. */
export function writesOf({ resources, callsOf }: Parts): SimulatorWrites {
  const run = (
    method: string,
    module: string,
    target: { id?: string; part?: string; input?: Body },
    { product = 'books', origin = 'user' }: WriteOptions = {},
  ): string => {
    const resource = resources.find(({ name }) => name === module);
    if (!resource) throw new Error(`The simulator has no module ${module}.`);
    const query = new URLSearchParams({ ignore_auto_number_generation: 'true' });
    const call = { method, product, name: module, id: target.id, part: target.part, resource, query };
    const payload = Buffer.from(JSON.stringify(target.input ?? {}));
    const answered = callsOf(origin).answer({ ...call, header: () => undefined }, payload);
    if ('error' in answered) throw new Error(String(answered.error.body['message']));
    return 'body' in answered ? (answered.id ?? '') : '';
  };
  return {
    create: (module, input, options) => run('POST', module, { input }, options),
    update: (module, id, input, options) => void run('PUT', module, { id, input }, options),
    delete: (module, id, options) => void run('DELETE', module, { id }, options),
    act: (module, id, part, input = {}, options = {}) => void run('POST', module, { id, part, input }, options),
  };
}
