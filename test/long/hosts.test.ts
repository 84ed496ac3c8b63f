import { spawn } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { HostsReport } from '../support/separate-hosts.js';

/** Root makes namespaces itself; elsewhere sudo does. */
const PRIVILEGE = process.getuid?.() === 0 ? [] : ['sudo', '-n', '--preserve-env=PATH'];

describe('two API hosts and a worker host, each with a network of its own, over one Postgres and one Redis', () => {
  let report: HostsReport;
  beforeAll(async () => {
    const [command = '', ...args] = [...PRIVILEGE, 'unshare', '--net', process.execPath];
    const child = spawn(command, [...args, '--enable-source-maps', 'dist/test/support/separate-hosts.js']);
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`The hosts ended with ${String(code)}: ${err.slice(-4000)}`);
    report = JSON.parse(out.trim().split('\n').at(-1) ?? '') as HostsReport;
  }, 420_000);

  test('listen at the same port, see the same records, and know the same sessions', () => {
    expect(report.listening).toEqual(['10.77.0.11:8001', '10.77.0.12:8001']);
    expect(report.totals).toEqual([40, 40]);
    expect(report.sessionHoldsElsewhere).toBe(true);
  });

  test('what comes in at one is done by the worker host and seen live at the other', () => {
    expect(report.worker).toEqual(['worker-1']);
    expect(report.liveElsewhere).toBeGreaterThan(0);
  });

  test('a worker host whose cable is pulled is shown as lost, another takes over, and it comes back by itself', () => {
    expect(report.lost).toEqual(['worker-1']);
    expect(report.states).toEqual([
      { name: 'worker-1', state: 'RUNNING' },
      { name: 'worker-2', state: 'RUNNING' },
    ]);
  });

  test('meanwhile no webhook is refused, none is lost, and none is done twice', () => {
    expect(report.statuses).toEqual([202]);
    expect({ open: report.open, behind: report.behind, twice: report.twice }).toEqual({
      open: 0,
      behind: [],
      twice: 0,
    });
  });
});
