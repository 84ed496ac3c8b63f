import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { runChild } from '../backup/child.js';
import type { CheckSettings } from './settings.js';

/** What runs the server's processes on this host; the drivers of deployments differ here in two questions only. */
export interface Host {
  units(): Promise<Unit[]>;
  /** The log lines since then, of all processes. */
  logSince(since: Date): Promise<string[]>;
}

export interface Unit {
  name: string;
  running: boolean;
  /** False when its own health check says no, or it is being started over and over. */
  healthy: boolean;
  detail: string;
}

const TAIL_BYTES = 20 * 1024 * 1024;

export function hostOf(settings: CheckSettings, signal?: AbortSignal): Host {
  if (settings.driver === 'compose') return composeHost(settings.project, signal);
  if (settings.driver === 'systemd') return systemdHost(settings.logFiles, signal);
  return { units: () => Promise.resolve([]), logSince: (since) => readLogFiles(settings.logFiles, since) };
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

async function ask(command: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await runChild(command, args, {
    signal,
    keep: TAIL_BYTES,
    env: { HOME: process.env['HOME'] },
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`${command} is not installed here.`) : error;
  });
  if (code !== 0) throw new Error(`${command} ${args[0]}: ${stderr.trim() || `ended with ${code}`}`);
  return args[0] === 'logs' ? `${stdout}\n${stderr}` : stdout;
}

interface Container {
  Names: string;
  State: string;
  Status: string;
}

/** The containers of one compose project. The idle slot is stopped on purpose: only its restarts would be a fault. */
function composeHost(project: string, signal?: AbortSignal): Host {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  const containers = async (all: boolean): Promise<Container[]> =>
    lines(await ask('docker', ['ps', ...(all ? ['--all'] : []), ...filter, '--format', '{{json .}}'], signal)).map(
      (line) => JSON.parse(line) as Container,
    );
  return {
    units: async () =>
      (await containers(true)).map(({ Names, State, Status }) => ({
        name: Names,
        running: State === 'running',
        healthy: State !== 'restarting' && State !== 'dead' && !Status.includes('(unhealthy)'),
        detail: Status,
      })),
    async logSince(since) {
      const all: string[] = [];
      for (const { Names } of await containers(false)) {
        all.push(...lines(await ask('docker', ['logs', '--since', since.toISOString(), Names], signal)));
      }
      return all;
    },
  };
}

/** systemctl's `show` needs no right; the journal may, and then the file that rsyslog writes is read instead. */
function systemdHost(logFiles: readonly string[], signal?: AbortSignal): Host {
  return {
    async units() {
      const properties = '--property=Id,ActiveState,SubState,NRestarts,UnitFileState';
      const text = await ask('systemctl', ['show', properties, 'tsh-erp@*.service', 'tsh-erp-*.service'], signal);
      return text
        .split(/\n\s*\n/)
        .map((block) =>
          Object.fromEntries(lines(block).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string])),
        )
        .filter((unit) => unit['Id'] !== undefined)
        .map(({ Id = '', ActiveState = '', SubState = '', NRestarts = '0' }) => ({
          name: Id,
          running: ActiveState === 'active' || ActiveState === 'activating',
          healthy: ActiveState !== 'failed' && SubState !== 'auto-restart',
          detail: `${ActiveState} (${SubState}), ${NRestarts} restarts`,
        }));
    },
    async logSince(since) {
      if (logFiles.some(existsSync)) return readLogFiles(logFiles, since);
      const at = `@${Math.floor(since.getTime() / 1000)}`;
      return lines(
        await ask('journalctl', ['--unit', 'tsh-erp*', '--since', at, '--output', 'cat', '--no-pager'], signal),
      );
    },
  };
}

/** The end of each file, whose JSON lines say themselves when they were written. */
export async function readLogFiles(files: readonly string[], since: Date): Promise<string[]> {
  const all: string[] = [];
  for (const file of files) {
    if (!existsSync(file)) continue;
    const { size } = await stat(file);
    const handle = await open(file, 'r');
    try {
      const from = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      all.push(...lines(buffer.subarray(0, bytesRead).toString()).filter((line) => isSince(line, since)));
    } finally {
      await handle.close();
    }
  }
  return all;
}

function isSince(line: string, since: Date): boolean {
  const at = Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? '');
  return !Number.isNaN(at) && at >= since.getTime();
}
