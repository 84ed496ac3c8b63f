import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../ops/deploy/clock.js';
import { createJournal } from '../../ops/deploy/journal.js';
import { createRecordApi } from '../../ops/deploy/record-api.js';
import { createRecorder, type Recorder } from '../../ops/deploy/recorder.js';
import type { Run } from '../../ops/deploy/state.js';
import { until } from '../support/deploy-host.js';
import { temporaryFolder } from '../support/folder.js';

type Row = { status: string; step: string | null; message: string | null };

/** A record that keeps its side of the contract: sequences without gaps, repetitions without effect. */
class RecordServer {
  readonly rows = new Map<string, Row[]>();
  readonly lines: string[] = [];
  calls = 0;
  mode: 'up' | 'down' | 'lost-answers' | 'older' = 'up';
  ended = new Set<string>();
  private server: Server | null = null;
  url = '';

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        this.calls += 1;
        if (this.mode === 'down') return void request.socket.destroy();
        const { query, variables } = JSON.parse(text);
        const data = this.answer(query, variables);
        if (this.mode === 'lost-answers' && this.calls % 2 === 0) return void request.socket.destroy();
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(data));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private answer(query: string, variables: any): object {
    if (this.mode === 'older') {
      return {
        errors: [{ message: 'Unknown argument "sequence".', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      };
    }
    const ok = { __typename: 'DeploymentRecorded' };
    if (query.includes('startDeployment')) {
      if (!this.rows.has(variables.input.id)) this.rows.set(variables.input.id, []);
      return { data: { startDeployment: ok } };
    }
    if (query.includes('recordDeploymentLog')) {
      const from = variables.fromLine - 1;
      variables.lines.forEach((line: string, index: number) => (this.lines[from + index] = line));
      return { data: { recordDeploymentLog: { __typename: 'DeploymentLogRecorded' } } };
    }
    const rows = this.rows.get(variables.id);
    const refuse = (type: string, more: object = {}) => ({
      data: { recordDeploymentStatus: { __typename: type, code: 'X', message: type, ...more } },
    });
    if (!rows) return refuse('NotFoundError');
    if (this.ended.has(variables.id)) return refuse('IllegalTransitionError');
    const { sequence, status, step, message } = variables;
    if (sequence > rows.length + 1) return refuse('OutOfOrderError', { expectedSequence: rows.length + 1 });
    if (sequence === rows.length + 1) rows.push({ status, step, message });
    return { data: { recordDeploymentStatus: ok } };
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

const run = (id: string): Run => ({
  id,
  kind: 'RELEASE',
  trigger: 'MANUAL',
  environment: 'test',
  release: { version: 'v1', commit: null, location: '/nowhere' },
  slot: 'blue',
  from: null,
  restoresId: null,
  reason: null,
  allowContract: false,
  autoPromote: true,
  awaitingPromotion: false,
  attempt: 1,
  sequence: 0,
  fence: null,
  current: null,
  steps: [],
  rollingBack: null,
  backupId: null,
  outcome: null,
  message: null,
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
});

describe('the recorder', () => {
  const server = new RecordServer();
  let dir = '';
  let warnings: string[] = [];
  beforeEach(async () => {
    dir = temporaryFolder('record');
    warnings = [];
    server.mode = 'up';
    server.rows.clear();
    server.lines.length = 0;
    server.ended.clear();
    await server.start();
  });
  afterEach(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const create = (): Recorder =>
    createRecorder({
      journal: createJournal(dir),
      api: createRecordApi({ url: server.url, connectTo: undefined, token: 't', timeoutMs: 20_000 }),
      clock: systemClock,
      watchSeconds: 900,
      flushMs: 2000,
      warn: (line) => void warnings.push(line),
    });
  const STATUSES = ['IN_PROGRESS', 'HEALTH_CHECK', 'SMOKE_TEST', 'SUCCESS'];
  const record = (recorder: Recorder, one: Run, statuses: readonly string[]): void => {
    for (const status of statuses) {
      one.sequence += 1;
      recorder.status(one, status, { message: `${status} of ${one.id}` });
    }
  };
  const seen = (id: string) => server.rows.get(id)?.map(({ status }) => status);

  test('tells each step once and in order', async () => {
    const recorder = create();
    const one = run('a');
    recorder.start(one);
    recorder.log(one, 'line 1');
    record(recorder, one, STATUSES);
    recorder.log(one, 'line 2');
    await recorder.flush();
    expect(seen('a')).toEqual(STATUSES);
    expect(server.lines).toEqual(['line 1', 'line 2']);
    expect(warnings).toEqual([]);
  });

  test('an API that is away delays nothing; what was missed is told later, in order, by another process', async () => {
    server.mode = 'down';
    const recorder = create();
    const one = run('b');
    recorder.start(one);
    record(recorder, one, STATUSES.slice(0, 2));
    await recorder.flush();
    expect(server.rows.size).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/cannot be reached/)]);
    server.mode = 'up';
    const next = create();
    expect(next.lastSequence('b')).toBe(2);
    next.resume(one);
    record(next, one, STATUSES.slice(2));
    await next.flush();
    expect(seen('b')).toEqual(STATUSES);
  });

  test('an answer that is lost is asked for again and leaves no double', async () => {
    server.mode = 'lost-answers';
    const recorder = create();
    const one = run('c');
    recorder.start(one);
    record(recorder, one, STATUSES);
    await until('all four', async () => {
      await recorder.flush();
      return seen('c')?.length === 4;
    });
    expect(seen('c')).toEqual(STATUSES);
  });

  test('a disk that takes no more lines stops nothing, and the API still hears of every step', async () => {
    const recorder = create();
    const one = run('full');
    recorder.start(one);
    rmSync(path.join(dir, 'journal.jsonl'));
    // Opening it fails from now on, as writing does on a full disk.
    mkdirSync(path.join(dir, 'journal.jsonl'));
    record(recorder, one, STATUSES);
    await recorder.flush();
    expect(seen('full')).toEqual(STATUSES);
    expect(warnings.join()).toMatch(/journal takes no more/);
  });

  test('half a line at the end of the journal, of a deployer that was killed while it wrote, is dropped', async () => {
    server.mode = 'down';
    const recorder = create();
    const one = run('d');
    recorder.start(one);
    record(recorder, one, ['IN_PROGRESS']);
    await recorder.flush();
    appendFileSync(path.join(dir, 'journal.jsonl'), '{"runId":"d","op":"sta');
    server.mode = 'up';
    const next = create();
    record(next, one, ['HEALTH_CHECK']);
    await next.flush();
    expect(seen('d')).toEqual(['IN_PROGRESS', 'HEALTH_CHECK']);
  });

  test('a record that lost steps, as after a restore, gets them again from the journal', async () => {
    const recorder = create();
    const one = run('e');
    recorder.start(one);
    record(recorder, one, STATUSES.slice(0, 3));
    await recorder.flush();
    server.rows.get('e')?.splice(1);
    record(recorder, one, STATUSES.slice(3));
    await recorder.flush();
    expect(seen('e')).toEqual(STATUSES);
  });

  test('a deployment that ended elsewhere is not recorded any further, and the next one is', async () => {
    const recorder = create();
    const one = run('f');
    recorder.start(one);
    await recorder.flush();
    server.ended.add('f');
    record(recorder, one, STATUSES);
    const two = run('g');
    recorder.start(two);
    record(recorder, two, STATUSES);
    await recorder.flush();
    expect([seen('f'), seen('g')]).toEqual([[], STATUSES]);
    expect(warnings.join()).toMatch(/IllegalTransitionError/);
  });

  test('an older server, which does not know the operation yet, is told by its successor', async () => {
    server.mode = 'older';
    const recorder = create();
    const one = run('h');
    recorder.start(one);
    record(recorder, one, STATUSES.slice(0, 3));
    await recorder.flush();
    expect(warnings).toEqual([expect.stringMatching(/not written for now: Unknown argument/)]);
    server.mode = 'up';
    record(recorder, one, STATUSES.slice(3));
    await recorder.flush();
    expect(seen('h')).toEqual(STATUSES);
  });
});
