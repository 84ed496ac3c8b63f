import { readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from './support/folder.js';

test('processes that start at once on a new data folder agree about its secrets', async () => {
  const folder = temporaryFolder('secrets');
  const script = `import { keepSecrets } from './dist/src/data-folder.js';
    process.stdout.write(keepSecrets(process.argv[1]).jwtSecret);`;
  const answers = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script, folder]);
      let text = '';
      child.stdout.on('data', (data: Buffer) => (text += data.toString()));
      await once(child, 'close');
      return text;
    }),
  );
  expect(answers[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(answers).size).toBe(1);
  expect(readdirSync(folder)).toEqual(['secrets.json']);
});
