import { existsSync, readFileSync } from 'node:fs';
import type { Check } from './check.js';

const FILE = 'ops/docker/Dockerfile';

interface Instruction {
  name: string;
  rest: string;
}

/** The instructions of a Dockerfile: comments are gone and continued lines are one. */
export function readDockerfile(text: string): Instruction[] {
  const joined = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ');
  return joined
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([name = '']) => /^[A-Za-z]+$/.test(name))
    .map(([name = '', ...rest]) => ({ name: name.toUpperCase(), rest: rest.join(' ') }));
}

const SECRET = /PASSWORD|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY/i;

function isExecForm(rest: string): boolean {
  try {
    const parsed: unknown = JSON.parse(rest.slice(rest.indexOf('[')));
    return Array.isArray(parsed) && parsed.every((part) => typeof part === 'string');
  } catch {
    return false;
  }
}

/** By a tag that holds a version, with or without a digest. */
function isPinned(image: string): boolean {
  const [reference = '', digest] = image.split('@');
  const tag = reference.split('/').at(-1)?.split(':')[1] ?? '';
  return /\d/.test(tag) && (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest));
}

function faultsOfImages(instructions: readonly Instruction[]): string[] {
  const defaults = new Map<string, string>();
  for (const { name, rest } of instructions) {
    const [key = '', value = ''] = rest.split('=', 2);
    if (name === 'ARG') defaults.set(key, value);
  }
  return instructions
    .filter(({ name }) => name === 'FROM')
    .map(({ rest }) => (rest.split(' ')[0] ?? '').replace(/\$\{(\w+)\}/, (_, key: string) => defaults.get(key) ?? ''))
    .filter((image) => !isPinned(image))
    .map((image) => `FROM ${image || '(nothing)'} is not pinned by a tag with a version.`);
}

/** The rules of an image for production; one line per fault. */
export function faultsOfDockerfile(text: string): string[] {
  const instructions = readDockerfile(text);
  const named = (name: string): string[] => instructions.filter((one) => one.name === name).map(({ rest }) => rest);
  const lastFrom = instructions.findLastIndex(({ name }) => name === 'FROM');
  const final = instructions.slice(lastFrom + 1);
  const user = final.findLast(({ name }) => name === 'USER')?.rest;
  const runs = named('RUN');
  const faults = faultsOfImages(instructions);
  const rule = (holds: boolean, fault: string): void => void (holds || faults.push(fault));

  rule(named('FROM').length > 1, 'It has one stage: compilers and development packages would be part of the image.');
  rule(user !== undefined && !/^(root|0)(:|$)/.test(user), 'The process runs as root: name another USER at the end.');
  rule(named('ADD').length === 0, 'ADD fetches and unpacks by itself: use COPY.');
  rule(
    runs.some((run) => /\bnpm ci\b[^&]*--omit=dev\b/.test(run)),
    'No stage installs without development packages.',
  );
  rule(!runs.some((run) => /\bnpm (install|i)\b/.test(run)), 'npm install may change versions: use npm ci.');
  rule(!named('COPY').some((rest) => /^(--\S+ )*\. /.test(rest)), 'COPY . takes everything: name what is needed.');
  rule(!/\bcurl\b/.test(final.map(({ rest }) => rest).join(' ')), 'curl has no place in the final image.');
  for (const form of ['CMD', 'ENTRYPOINT', 'HEALTHCHECK']) {
    const found = final.filter(({ name }) => name === form);
    rule(found.length === 1, `The final stage has ${found.length} ${form}.`);
    for (const { rest } of found) {
      rule(isExecForm(rest), `${form} is not in exec form, so signals end at a shell: ${rest}`);
    }
  }
  for (const rest of [...named('ENV'), ...named('ARG')]) {
    rule(!SECRET.test(rest), `A secret would stay in the image: ${rest.split('=')[0]}`);
  }
  for (const label of ['version', 'revision']) {
    rule(
      named('LABEL').join(' ').includes(`org.opencontainers.image.${label}=`),
      `The label for its ${label} is missing.`,
    );
  }
  return faults;
}

function faultsOfSources(text: string): string[] {
  const copied = readDockerfile(text)
    .filter(({ name, rest }) => name === 'COPY' && !rest.includes('--from='))
    .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
  return [
    ...copied.filter((file) => !existsSync(file)).map((file) => `COPY ${file}: there is no such file.`),
    ...copied
      .filter((file) => !ignored.some((line) => line === `!${file}`))
      .map((file) => `.dockerignore keeps ${file} from the build.`),
    ...(ignored.find((line) => line !== '' && !line.startsWith('#')) === '*'
      ? []
      : ['.dockerignore must begin with *: secrets reach the builder otherwise.']),
  ];
}

export const dockerfileChecks: readonly Check[] = [
  {
    name: 'the Dockerfile keeps the rules of a production image',
    tools: [],
    async run() {
      const text = readFileSync(FILE, 'utf8');
      return [...faultsOfDockerfile(text), ...faultsOfSources(text)];
    },
  },
];
