import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS, FAULTS, type Faults } from './faults.js';
import { answer, bodyOf, refuse } from './http.js';
import type { Body } from './resource.js';
import type { DayOptions, ScriptedDay } from './scripted-day.js';
import type { SimulatorWrites } from './simulator-writes.js';
import type { Switches } from './switches.js';
import type { WebhookTarget } from './webhooks.js';
import type { Origin } from './workflow-rules.js';

export interface ControlDoorOptions {
  switches: Switches;
  faults: Faults;
  /** How many records of each kind there are. */
  sizes(): Record<string, number>;
  calls(): ReadonlyMap<string, number>;
  /** A day of the company, by script. */
  day(options: DayOptions): ScriptedDay;
  write: SimulatorWrites;
  connect(target: WebhookTarget): void;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const METHODS = ['create', 'update', 'delete', 'act'] as const;

/** Switches, faults, writes and days over HTTP, for `npm run simulator` and for tests in another process. */
export class ControlDoor {
  private day: ScriptedDay | null = null;

  constructor(private readonly options: ControlDoorOptions) {}

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { switches, faults, sizes, calls } = this.options;
    if (request.method === 'GET' && url.pathname === '/_simulator/state') {
      return answer(response, 200, {
        ...sizes(),
        switches,
        faults: faults.armed(),
        calls: Object.fromEntries(calls()),
      });
    }
    if (request.method === 'GET' && url.pathname === '/_simulator/day') return this.sayDay(response);
    if (request.method !== 'POST') return refuse(response, ERRORS.method);
    const input = JSON.parse((await bodyOf(request)) || '{}') as Record<string, unknown>;
    if (url.pathname === '/_simulator/faults') return this.arm(response, input);
    if (url.pathname === '/_simulator/switches') return this.change(response, input);
    if (url.pathname === '/_simulator/day') return this.beginDay(response, input);
    if (url.pathname === '/_simulator/write') return this.write(response, input);
    if (url.pathname === '/_simulator/rules') return this.connect(response, input);
    return refuse(response, ERRORS.badUrl);
  }

  private arm(response: ServerResponse, input: Record<string, unknown>): void {
    const { faults } = this.options;
    const fault = FAULTS.find((one) => one === input['fault']);
    if (!fault) return answer(response, 400, { message: `fault is one of ${FAULTS.join(', ')}` });
    faults.arm(fault, Number(input['calls'] ?? 1));
    answer(response, 200, { armed: faults.armed() });
  }

  private change(response: ServerResponse, input: Record<string, unknown>): void {
    const { switches } = this.options;
    const unknown = Object.keys(input).find((name) => !Object.hasOwn(switches, name));
    if (unknown !== undefined) {
      return answer(response, 400, { message: `switches are ${Object.keys(switches).join(', ')}` });
    }
    Object.assign(switches, input);
    answer(response, 200, { switches });
  }

  /** `speed` is how much faster than the clock; without one the whole day happens at once. */
  private beginDay(response: ServerResponse, { speed, ...figures }: Record<string, unknown>): void {
    if (this.day && !this.day.finished) return answer(response, 409, { message: 'A day is under way.' });
    const odd = Object.entries(figures).find(([, value]) => typeof value !== 'number');
    if (odd) return answer(response, 400, { message: `${odd[0]} is a number` });
    this.day = this.options.day(figures);
    void this.day.run(typeof speed === 'number' ? { speed } : {}).catch(() => undefined);
    this.sayDay(response);
  }

  private sayDay(response: ServerResponse): void {
    const { day } = this;
    answer(
      response,
      200,
      day ? { steps: day.steps.length, done: day.stepsDone, finished: day.finished } : { steps: 0 },
    );
  }

  private write(response: ServerResponse, input: Record<string, unknown>): void {
    const method = METHODS.find((one) => one === input['method']);
    if (!method) return answer(response, 400, { message: `method is one of ${METHODS.join(', ')}` });
    const { write } = this.options;
    const [module, id, path] = [textOf(input['module']), textOf(input['id']), textOf(input['path'])];
    const body = (input['input'] ?? {}) as Body;
    const options = { origin: (input['origin'] ?? 'user') as Origin };
    try {
      if (method === 'create') return answer(response, 200, { id: write.create(module, body, options) });
      if (method === 'update') write.update(module, id, body, options);
      else if (method === 'delete') write.delete(module, id, options);
      else write.act(module, id, path, body, options);
      answer(response, 200, { id });
    } catch (error) {
      answer(response, 400, { message: error instanceof Error ? error.message : 'refused' });
    }
  }

  private connect(response: ServerResponse, { url, secret }: Record<string, unknown>): void {
    if (typeof url !== 'string' || typeof secret !== 'string') {
      return answer(response, 400, { message: 'url and secret are texts' });
    }
    this.options.connect({ url, secret });
    answer(response, 200, { url });
  }
}
