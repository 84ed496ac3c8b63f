import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Check } from './check.js';
import { filesBelow, withFolder } from './files.js';
import { faultsOf, runProgram } from './program.js';

const DIR = 'ops/systemd';
const INSTANCES = ['blue', 'green'];

/** `systemd-analyze verify` ends with 0 over an unknown key; what it says on stderr is the answer. */
async function verify(dir: string, units: readonly string[]): Promise<string[]> {
  const ended = await runProgram('systemd-analyze', ['verify', ...units.map((unit) => `./${unit}`)], { cwd: dir });
  const said = ended.stderr.split('\n').filter((line) => line.trim() !== '');
  return said.length > 0 ? said : faultsOf('systemd-analyze verify', ended);
}

async function verifyUnits(): Promise<string[]> {
  return withFolder(async (dir) => {
    cpSync(DIR, dir, { recursive: true });
    const units = filesBelow(DIR, (name) => /\.(service|timer)$/.test(name)).map((file) => path.relative(DIR, file));
    const templates = units.filter((unit) => unit.includes('@.'));
    const instances = templates.flatMap((unit) => INSTANCES.map((name) => unit.replace('@.', `@${name}.`)));
    for (const template of templates) {
      for (const name of INSTANCES) {
        copyFileSync(path.join(dir, template), path.join(dir, template.replace('@.', `@${name}.`)));
      }
    }
    const planted = path.join(dir, 'planted.service');
    writeFileSync(planted, '[Service]\nExecStart=/usr/bin/true\nMemoryMaks=1G\n');
    const noticed = (await verify(dir, ['planted.service'])).length > 0;
    const faults = await verify(dir, [...units.filter((unit) => !templates.includes(unit)), ...instances]);
    return noticed ? faults : ['systemd-analyze does not notice a key that does not exist.', ...faults];
  });
}

async function checkCalendars(): Promise<string[]> {
  const faults: string[] = [];
  for (const file of filesBelow(DIR, (name) => name.endsWith('.timer'))) {
    const text = readFileSync(file, 'utf8');
    const calendars = [...text.matchAll(/^OnCalendar=(.+)$/gm)].map((match) => match[1] ?? '');
    if (calendars.length === 0) faults.push(`${file} has no OnCalendar.`);
    if (!text.includes('Persistent=true'))
      faults.push(`${file} forgets a run that was missed while the host was down.`);
    for (const calendar of calendars) {
      faults.push(...faultsOf(`${file}: ${calendar}`, await runProgram('systemd-analyze', ['calendar', calendar])));
    }
    const service = file.replace(/\.timer$/, '.service');
    if (!filesBelow(DIR, () => true).includes(service)) faults.push(`${file} starts a service that is not there.`);
  }
  return faults;
}

// 1.6 to 1.9 was measured with systemd 252; above this somebody has taken hardening out.
const MOST_EXPOSED = 3;
const HARDENED = ['tsh-erp@blue', 'tsh-erp-worker', 'tsh-erp-notify', 'tsh-erp-backup', 'tsh-erp-daily'];

async function checkExposure(): Promise<string[]> {
  return withFolder(async (dir) => {
    cpSync(DIR, dir, { recursive: true });
    copyFileSync(path.join(dir, 'tsh-erp@.service'), path.join(dir, 'tsh-erp@blue.service'));
    const faults: string[] = [];
    for (const unit of HARDENED) {
      const args = ['security', '--offline=yes', '--no-pager', `./${unit}.service`];
      const { stdout, stderr } = await runProgram('systemd-analyze', args, { cwd: dir });
      const level = Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1] ?? 'NaN');
      if (!(level <= MOST_EXPOSED)) faults.push(`${unit} is exposed at ${level}, above ${MOST_EXPOSED}. ${stderr}`);
    }
    return faults;
  });
}

export const systemdChecks: readonly Check[] = [
  {
    name: 'systemd units verify without a word on stderr',
    tools: ['systemd-analyze'],
    run: verifyUnits,
  },
  { name: 'systemd timers have valid calendars and services', tools: ['systemd-analyze'], run: checkCalendars },
  { name: 'systemd units are hardened', tools: ['systemd-analyze'], run: checkExposure },
  {
    name: 'the deployer may call what sudoers names, and sudo reads it',
    tools: ['visudo'],
    async run() {
      const file = `${DIR}/tsh-erp.sudoers`;
      const ended = await runProgram('visudo', ['-c', '-f', '-'], { input: readFileSync(file, 'utf8') });
      const rules = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => !line.startsWith('#'));
      const wild = rules.filter((line) => line.includes('*'));
      return [...faultsOf(file, ended), ...wild.map((line) => `${file} lets any argument in: ${line.trim()}`)];
    },
  },
];
