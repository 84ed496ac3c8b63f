import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiDoor } from './api-door.js';
import { CallLimits } from './call-limits.js';
import { ControlDoor, type ControlDoorOptions } from './control-door.js';
import { ERRORS, type Faults } from './faults.js';
import { refuse } from './http.js';
import type { ModuleCalls } from './module-calls.js';
import type { Resource } from './resource.js';
import type { Switches } from './switches.js';
import { TokenDoor } from './token-door.js';

/** Counts calls by name, and runs what was planned for one of them. */
export class CallCounter {
  readonly calls = new Map<string, number>();
  private readonly plans = new Set<{ name: string; at: number; act: () => void }>();

  count(name: string): void {
    const calls = (this.calls.get(name) ?? 0) + 1;
    this.calls.set(name, calls);
    for (const plan of this.plans) {
      if (plan.name !== name || plan.at !== calls) continue;
      this.plans.delete(plan);
      plan.act();
    }
  }

  after(name: string, calls: number, act: () => void): void {
    this.plans.add({ name, at: (this.calls.get(name) ?? 0) + calls + 1, act });
  }
}

export interface DoorOptions {
  switches: Switches;
  faults: Faults;
  resources: readonly Resource[];
  counter: CallCounter;
  calls: ModuleCalls;
  now(): number;
  control: Pick<ControlDoorOptions, 'sizes' | 'day' | 'write' | 'connect'>;
}

type Handle = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

export function createDoors({ switches, faults, resources, counter, calls, now, control: own }: DoorOptions): Handle {
  const counted = (name: string): void => counter.count(name);
  const limits = new CallLimits(switches, now);
  const tokens = new TokenDoor(switches, faults, counted, now);
  const api = new ApiDoor({ switches, faults, limits, tokens, resources, calls, counted });
  const control = new ControlDoor({ ...own, switches, faults, calls: () => counter.calls });
  return async (request, response, url) => {
    limits.inFlight += 1;
    try {
      const controlled = url.pathname.startsWith('/_simulator/');
      if (switches.outage && !controlled) return beAway(switches.outage, request, response);
      if (url.pathname === '/oauth/v2/token') {
        await tokens.handle(request, response, url, `http://127.0.0.1:${request.socket.localPort}`);
      } else if (controlled) await control.handle(request, response, url);
      else await api.handle(request, response, url);
    } finally {
      limits.inFlight -= 1;
    }
  };
}

/** The whole of Zoho is away: a gateway answers, or nobody does. */
function beAway(how: 'unavailable' | 'refused', request: IncomingMessage, response: ServerResponse): void {
  if (how === 'refused') return void request.socket.destroy();
  response.writeHead(503, { 'Content-Type': 'text/html' });
  response.end('<html><body><h1>Service Unavailable</h1></body></html>');
}

export async function listen(handle: Handle, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    handle(request, response, new URL(request.url ?? '/', 'http://simulator')).catch(() => {
      if (!response.headersSent) refuse(response, ERRORS.internal);
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

export const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
