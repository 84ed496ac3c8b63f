import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { StartFault } from '../../src/kernel/start-fault.js';
import type { Module, Services } from '../../src/platform/module.js';
import { handlersOf, schedulesOf } from '../../src/platform/queue/handlers.js';
import { done } from '../../src/platform/queue/job.js';
import { Worker } from '../../src/platform/queue/worker.js';

const handler = (kind: string) => ({ kind, run: () => Promise.resolve(done('applied')) });
const moduleOf = (name: string, kinds: readonly string[]): Module => ({
  name,
  entities: [],
  resolvers: [],
  permissions: {},
  jobs: () => kinds.map(handler),
  schedules: kinds.map((kind) => ({ name: kind, everySeconds: 60, job: { kind, jobKey: kind } })),
});
const services = {} as Services;

describe('two job handlers of one name', () => {
  test('in two modules fail the start, and the line names both', () => {
    const modules = [moduleOf('sync', ['pull', 'run']), moduleOf('partners', ['export', 'run'])];
    expect(() => handlersOf(modules, services)).toThrow(
      new StartFault('Two job handlers are named "run": one of sync and one of partners.'),
    );
    expect(() => schedulesOf(modules)).toThrow(new StartFault('Two schedules are named "run".'));
  });

  test('handed to a worker fail it too', () => {
    const options = { handlers: [handler('pull'), handler('pull')], concurrency: 1, name: 'w', version: 'v' };
    expect(() => new Worker(options as never)).toThrow(new StartFault('Two job handlers are named "pull".'));
  });

  test('of different names are all there', () => {
    const modules = [moduleOf('sync', ['pull', 'run']), moduleOf('partners', ['export'])];
    expect(handlersOf(modules, services).map(({ kind }) => kind)).toEqual(['pull', 'run', 'export']);
  });
});
