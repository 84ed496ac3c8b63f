import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Check } from './check.js';
import { withFolder } from './files.js';
import { faultsOf, runProgram } from './program.js';

const FILE = 'ops/backup/pgbackrest.conf';

/** pgBackRest ends with 0 over an option that it does not know; its warnings are the answer. */
async function complaintsOf(text: string): Promise<string[]> {
  return withFolder(async (dir) => {
    const file = path.join(dir, 'pgbackrest.conf');
    writeFileSync(file, text);
    const places = [`--config=${file}`, `--repo1-path=${dir}`, `--lock-path=${dir}`, '--log-level-file=off'];
    const env = { PGBACKREST_REPO2_S3_KEY: 'planted', PGBACKREST_REPO2_S3_KEY_SECRET: 'planted' };
    const ended = await runProgram('pgbackrest', [...places, '--stanza=tsh', '--repo=1', 'info'], { env });
    const warnings = `${ended.stdout}\n${ended.stderr}`
      .split('\n')
      .filter((line) => /^(.*\s)?(WARN|ERROR):/.test(line));
    return warnings.length > 0 ? warnings : faultsOf('pgbackrest', ended);
  });
}

export const backupChecks: readonly Check[] = [
  {
    name: 'pgBackRest knows every option of its configuration',
    tools: ['pgbackrest'],
    async run() {
      const text = readFileSync(FILE, 'utf8');
      const planted = await complaintsOf(text.replace('delta=y', 'dleta=y'));
      const faults = await complaintsOf(text);
      return planted.length > 0 ? faults : ['pgBackRest does not notice an option that was planted.', ...faults];
    },
  },
];
