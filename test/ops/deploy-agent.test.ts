import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../../ops/cli.js';
import { temporaryFolder } from '../support/folder.js';
import { makeSmallRelease } from '../support/small-release.js';
import { startDeployHost, until, type DeployHost } from '../support/deploy-host.js';

interface Request {
  id: string;
  kind: string;
  releaseVersion: string;
  commit?: string;
  restores?: { releaseVersion: string };
}

/** The side of the record that an agent sees: requests that wait, are taken once, and get statuses in sequence. */
class Requests {
  readonly waiting: Request[] = [];
  readonly taken: string[] = [];
  readonly statuses: { id: string; status: string; sequence: number; fence: number; message: string }[] = [];
  heartbeats = 0;
  private server: Server | null = null;
  url = '';

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        const { query, variables } = JSON.parse(text);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ data: { answer: this.answer(query, variables) } }));
      });
    });
    // It has no subscriptions: the agent's heartbeat finds what waits without them.
    server.on('upgrade', (_request, socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private answer(query: string, variables: any): object {
    if (query.includes('recordAgentHeartbeat')) {
      this.heartbeats += 1;
      const waiting = this.waiting.filter(({ id }) => !this.taken.includes(id));
      const filled = waiting.map((one) => ({
        environment: 'test',
        commit: null,
        trigger: 'MANUAL',
        reason: 'asked',
        restores: null,
        ...one,
      }));
      return { __typename: 'AgentHeartbeat', waiting: filled };
    }
    if (query.includes('takeDeployment')) {
      this.taken.push(variables.id);
      return { __typename: 'DeploymentTaken', fence: 7, deployment: { lastSequence: 2 } };
    }
    if (query.includes('recordDeploymentStatus')) this.statuses.push(variables);
    return query.includes('deploymentWatch')
      ? { state: 'WATCHING', breaches: [] }
      : { __typename: 'DeploymentRecorded' };
  }

  of(id: string): string[] {
    return this.statuses.filter((one) => one.id === id).map(({ status }) => status);
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

const IDS = ['1', '2', '3', '4', '5', '6', '7'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);

/** A checkout of a small release, with a build that puts it where releases have it; answers the folder and its commit. */
function makeCheckout(): { source: string; commit: string } {
  const source = path.join(temporaryFolder('agent-source'), 'checkout');
  mkdirSync(source, { recursive: true });
  makeSmallRelease(source);
  renameSync(path.join(source, 'dist'), path.join(source, 'lib'));
  const build = `node -e "require('fs').cpSync('lib', 'dist', { recursive: true })"`;
  const facts = { name: 'small', version: '1.0.0' };
  writeFileSync(path.join(source, 'package.json'), JSON.stringify({ ...facts, scripts: { build } }));
  const lock = { ...facts, lockfileVersion: 3, requires: true, packages: { '': facts } };
  writeFileSync(path.join(source, 'package-lock.json'), JSON.stringify(lock));
  const git = (...args: string[]): string => {
    const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@test.example'];
    const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], { cwd: source, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  return { source, commit: git('rev-parse', '--short=10', 'HEAD') };
}

describe('the agent of a host', () => {
  const { source, commit } = makeCheckout();
  const requests = new Requests();
  let host: DeployHost;
  let ended: Promise<number>;
  const stopping = new AbortController();
  const printed: string[] = [];
  beforeAll(async () => {
    await requests.start();
    host = await startDeployHost({
      DEPLOY_TOKEN: 'deploy-token-deploy-token-1',
      DEPLOY_API_URL: requests.url,
      DEPLOY_SOURCE: source,
    });
    expect((await host.cli(['deploy', '--version', 'v1', '--release', host.smallRelease('v1')])).code).toBe(0);
    for (const version of ['v2', 'v3']) host.smallRelease(version);
    host.smallRelease('bad', { previewFails: true });
    const context = { env: host.env, out: (line: string) => void printed.push(line), signal: stopping.signal };
    requests.waiting.push(
      { id: IDS[0] as string, kind: 'RELEASE', releaseVersion: 'v2' },
      { id: IDS[1] as string, kind: 'RELEASE', releaseVersion: 'bad' },
      { id: IDS[2] as string, kind: 'RELEASE', releaseVersion: 'not a version' },
      { id: IDS[4] as string, kind: 'RELEASE', releaseVersion: `staging-${commit}` },
      { id: IDS[5] as string, kind: 'RELEASE', releaseVersion: 'staging-0123456789' },
      { id: IDS[6] as string, kind: 'RELEASE', releaseVersion: 'v9', commit: '--output=/etc/passwd' },
      { id: IDS[3] as string, kind: 'ROLLBACK', releaseVersion: 'v1', restores: { releaseVersion: 'v1' } },
    );
    ended = runCli(['agent'], { ...context, env: { ...host.env, DEPLOY_AGENT_NAME: 'tester' } });
  }, 60_000);
  afterAll(async () => {
    stopping.abort();
    await host.stop();
    await requests.stop();
    rmSync(path.dirname(source), { recursive: true, force: true });
  }, 60_000);

  test('carries out what waits, one after the other, and tells each step under its fence and its sequence', async () => {
    await until('all of them', () => requests.of(IDS[3] as string).includes('SUCCESS'), 50_000);
    expect(requests.taken).toEqual([0, 1, 2, 4, 5, 6, 3].map((index) => IDS[index]));
    expect(requests.of(IDS[0] as string).at(-1)).toBe('SUCCESS');
    expect(requests.of(IDS[1] as string).at(-1)).toBe('FAILURE');
    for (const id of IDS) {
      const own = requests.statuses.filter((one) => one.id === id);
      expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 3));
      expect(new Set(own.map(({ fence }) => fence))).toEqual(new Set([7]));
    }
    expect(await host.serving()).toBe('v1');
    expect(host.state().history.slice(0, 1)).toEqual([
      expect.objectContaining({ id: IDS[3], kind: 'ROLLBACK', outcome: 'SUCCESS' }),
    ]);
  });

  test('a request that cannot be carried out ends with its reason, and nothing is touched', () => {
    const own = requests.statuses.filter((one) => one.id === IDS[2]);
    expect(own).toEqual([
      expect.objectContaining({ status: 'ERROR', message: expect.stringMatching(/cannot be a version/) }),
    ]);
    expect(host.notes().some((line) => line.includes('not a version'))).toBe(false);
  });

  test('a release that the host does not have is built from the commit in its name, and served', () => {
    expect(requests.of(IDS[4] as string).at(-1)).toBe('SUCCESS');
    expect(existsSync(path.join(host.dir, 'releases', `staging-${commit}`, 'dist/src/main.js'))).toBe(true);
    expect(host.notes()).toEqual(expect.arrayContaining([expect.stringContaining(`start api staging-${commit} `)]));
  });

  test('one of an unknown commit is refused with the reason, and so is a commit that is none', () => {
    for (const [id, reason] of [
      [IDS[5], /no release staging-0123456789, and its checkout no commit 0123456789/],
      [IDS[6], /no release v9, and its checkout no commit --output/],
    ] as const) {
      const own = requests.statuses.filter((one) => one.id === id);
      expect(own).toEqual([expect.objectContaining({ status: 'ERROR', message: expect.stringMatching(reason) })]);
    }
    expect(host.notes().some((line) => line.includes('v9'))).toBe(false);
  });

  test('stops at once when it is told to and nothing is under way', async () => {
    stopping.abort();
    expect(await ended).toBe(0);
    expect(printed.at(-1)).toBe('The agent has stopped.');
  });
});
