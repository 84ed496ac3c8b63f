import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Programs on PATH that write down how they were called, and answer as they are told. */
export interface RecordedPrograms {
  env: { PATH: string };
  /** The first pattern that the arguments hold decides the answer; without one it is silence and 0. */
  fake(program: string, answers?: Readonly<Record<string, { out?: string; code?: number }>>): void;
  /** Program, VERSION and arguments of each call. */
  called(): string[][];
  forget(): void;
}

export function recordPrograms(dir: string): RecordedPrograms {
  const bin = path.join(dir, 'bin');
  const calls = path.join(dir, 'calls.log');
  mkdirSync(bin, { recursive: true });
  return {
    env: { PATH: `${bin}:${process.env['PATH']}` },
    fake(program, answers = {}) {
      const cases = Object.entries(answers).map(
        ([pattern, { out = '', code = 0 }]) => `*"${pattern}"*) printf '%b' '${out}'; exit ${code};;`,
      );
      const script = `#!/bin/sh
printf '%s|%s' "${program}" "VERSION=$VERSION" >> '${calls}'
for one in "$@"; do printf '|%s' "$one" >> '${calls}'; done
printf '\\n' >> '${calls}'
case "$*" in ${cases.join(' ')} *) exit 0;; esac
`;
      const file = path.join(bin, program);
      rmSync(file, { force: true });
      writeFileSync(file, script);
      chmodSync(file, 0o755);
    },
    called: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            .map((line) => line.split('|'))
        : [],
    forget: () => rmSync(calls, { force: true }),
  };
}
