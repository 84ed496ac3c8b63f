import { readFileSync } from 'node:fs';
import type { Check } from './check.js';
import { filesBelow } from './files.js';
import { faultsOf, mustHaveFailed, runProgram } from './program.js';

const scripts = (): string[] => ['.ci/run', ...filesBelow('ops', (name) => name.endsWith('.sh'))];

export const shellChecks: readonly Check[] = [
  {
    name: 'shell scripts pass shellcheck and say what runs them',
    tools: ['shellcheck'],
    async run() {
      const planted = await runProgram('shellcheck', ['-s', 'sh', '-'], { input: 'rm -r $1\n' });
      const ended = await runProgram('shellcheck', ['--severity=style', ...scripts()]);
      const headless = scripts().filter((file) => !readFileSync(file, 'utf8').startsWith('#!'));
      return [
        ...mustHaveFailed('shellcheck', planted),
        ...faultsOf('shellcheck', ended),
        ...headless.map((file) => `${file} has no line that says what runs it.`),
      ];
    },
  },
];
