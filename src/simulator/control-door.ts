import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS, FAULTS, type Faults } from './faults.js';
import { answer, bodyOf, refuse } from './http.js';
import type { Switches } from './switches.js';

export interface ControlDoorOptions {
  switches: Switches;
  faults: Faults;
  /** How many records of each kind there are. */
  sizes(): Record<string, number>;
  calls(): ReadonlyMap<string, number>;
}

/** Switches and faults over HTTP, for `npm run simulator` and for tests in another process. */
export class ControlDoor {
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
    if (request.method !== 'POST') return refuse(response, ERRORS.method);
    const input = JSON.parse((await bodyOf(request)) || '{}') as Record<string, unknown>;
    if (url.pathname === '/_simulator/faults') return this.arm(response, input);
    if (url.pathname === '/_simulator/switches') return this.change(response, input);
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
}
