import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { faultsOfStack, type ComposeService } from '../../ops/check/compose.js';
import { faultsOfSettings } from '../../ops/check/compose-settings.js';
import { expressionsOf, faultsOfDashboard, readDashboards, type Dashboard } from '../../ops/check/dashboards.js';
import { faultsOfDockerfile } from '../../ops/check/dockerfile.js';
import { faultsOfTemplate, settingsOfTheServer } from '../../ops/check/env-templates.js';
import { faultsOfAlertTests } from '../../ops/check/monitoring.js';
import { metricsOf } from '../../ops/check/promql.js';
import { unknownCommands } from '../../ops/check/runbook.js';
import { compareSchemas } from '../../ops/check/schema-breaking.js';
import { faultsOfPins, faultsOfWorkflow, missingJobs } from '../../ops/check/workflows.js';

/** What `npm run check:ops` would find: each rule is shown a file that breaks it. The real files pass in check:ops. */
describe('the rules of the Dockerfile', () => {
  const good = readFileSync('ops/docker/Dockerfile', 'utf8');

  test('the real one has no fault', () => expect(faultsOfDockerfile(good)).toEqual([]));

  test.each<[string, (text: string) => string, RegExp]>([
    ['an image without a version', (text) => text.replaceAll('node:24-bookworm-slim', 'node:latest'), /not pinned/],
    ['an image without a tag', (text) => text.replaceAll('node:24-bookworm-slim', 'node'), /not pinned/],
    ['root', (text) => text.replace('USER node', 'USER root'), /runs as root/],
    ['no user', (text) => text.replace('USER node\n', ''), /runs as root/],
    [
      'a shell before the server',
      (text) => text.replace(/^CMD .*$/m, 'CMD node dist/src/main.js'),
      /CMD is not in exec/,
    ],
    ['no health check', (text) => text.replace(/^HEALTHCHECK .*$/m, ''), /0 HEALTHCHECK/],
    ['development packages', (text) => text.replace('npm ci --omit=dev', 'npm ci'), /development packages/],
    ['npm install', (text) => text.replace('npm ci --no-audit', 'npm install --no-audit'), /use npm ci/],
    ['ADD', (text) => `${text}\nADD https://example.com/x.tar.gz /x`, /use COPY/],
    ['the whole folder', (text) => text.replace('COPY src ./src', 'COPY . ./src'), /takes everything/],
    ['a secret', (text) => text.replace('ENV NODE_ENV', 'ENV DEPLOY_TOKEN=abc NODE_ENV'), /secret would stay/],
    ['curl', (text) => text.replace('recommends tini', 'recommends tini curl'), /curl has no place/],
    ['no label', (text) => text.replace('image.revision', 'image.other'), /label for its revision/],
  ])('%s is a fault', (_name, change, fault) => {
    const changed = change(good);
    expect(changed).not.toBe(good);
    expect(faultsOfDockerfile(changed).join('\n')).toMatch(fault);
  });

  test('a single stage is a fault', () => {
    expect(faultsOfDockerfile('FROM node:24\nUSER node\n').join('\n')).toMatch(/one stage/);
  });
});

describe('the rules of a compose stack', () => {
  const ours: ComposeService = {
    image: 'tsh-erp:v1',
    ports: ['127.0.0.1:8001:8000/tcp'],
    restart: 'unless-stopped',
    logging: { options: { 'max-size': '10m' } },
    read_only: true,
    cap_drop: ['ALL'],
    stop_grace_period: '40s',
    healthcheck: {},
    deploy: { resources: { limits: { memory: '2G' } } },
  };
  const faults = (change: Partial<ComposeService>) =>
    faultsOfStack('production', { services: { app: { ...ours, ...change } } }).join('\n');

  test.each<[string, Partial<ComposeService>, RegExp | null]>([
    ['a whole service', {}, null],
    ['a port for everybody', { ports: ['8001:8000/tcp'] }, /to everybody/],
    ['a floating image', { image: 'redis:latest' }, /names no version/],
    ['a log without end', { logging: {} }, /fill the disk/],
    ['a short grace period', { stop_grace_period: '10s' }, /before it has drained/],
    ['no memory limit', { deploy: {} }, /no memory limit/],
    ['no health check', { healthcheck: undefined }, /no health check/],
    ['a root that can be written', { read_only: false }, /change its own files/],
    ['no restart', { restart: 'no' }, /not started again/],
  ])('%s', (_name, change, fault) => {
    if (fault === null) expect(faults(change)).toBe('');
    else expect(faults(change)).toMatch(fault);
  });
});

describe('the rules of workflows', () => {
  const deployment = readFileSync('.github/workflows/deploy-production.yml', 'utf8');
  const faults = (text: string) => faultsOfWorkflow('deploy-production.yml', text).join('\n');

  test('only a commit of 40 digits with its version is a pin; what lies in this repository needs none', () => {
    const commit = '3d3c42e5aac5ba805825da76410c181273ba90b1';
    expect(faultsOfPins(`- uses: actions/checkout@${commit} # v7.0.1\n- uses: ./.github/workflows/ci.yml`)).toEqual([]);
    for (const uses of [
      'actions/checkout@v7',
      `actions/checkout@${commit}`,
      `actions/checkout@${commit.slice(1)} # v7`,
      'docker://alpine:3',
    ]) {
      expect(faultsOfPins(`      - uses: ${uses}\n`)).toHaveLength(1);
    }
  });

  test.each<[string, [string, string], RegExp]>([
    [
      'more rights for everything',
      ['permissions:\n  contents: read', 'permissions: write-all'],
      /may do more than read/,
    ],
    ['a job without a time limit', ['    timeout-minutes: 90\n', ''], /deploy has no time limit/],
    ['two at once', ['cancel-in-progress: false', 'cancel-in-progress: true'], /cut a deployment short/],
    ['a secret that nobody sets', ['secrets.AWS_REGION', 'secrets.AWS_REGIO'], /nobody sets AWS_REGIO/],
    [
      'a value in the commands',
      ['--version "$VERSION" --commit', '--version ${{ inputs.version }} --commit'],
      /by variables/,
    ],
    [
      'a value in a script',
      ['for attempt in', 'echo "${{ github.event.head_commit.message }}"; for attempt in'],
      /by env/,
    ],
    [
      'a host outside of an environment',
      ['    environment: production\n    steps', '    steps'],
      /outside of an environment/,
    ],
    ['an unseen host key', ['for attempt in', 'ssh -o StrictHostKeyChecking=no a; for attempt in'], /accepted unseen/],
  ])('%s', (_name, [from, to], fault) => {
    expect(faults(deployment)).toBe('');
    expect(faults(deployment.replace(from, to))).toMatch(fault);
  });
});

describe('the jobs that the standards name', () => {
  test('must be there', () => {
    const text = readFileSync('.github/workflows/deploy-production.yml', 'utf8');
    expect(missingJobs('deploy-production.yml', text)).toEqual([]);
    expect(missingJobs('deploy-production.yml', text.replace('  backup-database:', '  backup:'))).toEqual([
      'deploy-production.yml has no job backup-database.',
    ]);
    expect(missingJobs('rollback.yml', null)).toEqual(['rollback.yml is missing.']);
  });
});

describe('the rules of dashboards and alerts', () => {
  const [first] = readDashboards().map(({ dashboard }) => dashboard);
  const change = (work: (dashboard: any) => void): string => {
    const copy = structuredClone(first) as Dashboard;
    work(copy);
    return faultsOfDashboard(copy).join('\n');
  };

  test('the real dashboards have no fault', () => {
    expect(readDashboards().length).toBeGreaterThanOrEqual(2);
    for (const { dashboard } of readDashboards()) {
      expect(faultsOfDashboard(dashboard)).toEqual([]);
      expect(expressionsOf(dashboard).length).toBeGreaterThan(5);
    }
  });

  test('panels that overlap, leave the grid, share an id or ask for nothing are faults', () => {
    expect(change((one) => (one.panels[2].gridPos = one.panels[1].gridPos))).toMatch(/lies over/);
    expect(change((one) => (one.panels[1].gridPos.x = 20))).toMatch(/grid of 24/);
    expect(change((one) => (one.panels[2].id = one.panels[1].id))).toMatch(/one id/);
    expect(change((one) => (one.panels[1].targets = []))).toMatch(/asks for nothing/);
    expect(change((one) => (one.panels[1].type = 'grpah'))).toMatch(/does not bring along/);
    expect(change((one) => (one.panels[1].targets[0].datasource = { uid: 'other' }))).toMatch(/another data source/);
  });

  test('an alert that no test shows firing, or quiet, is a fault', () => {
    const rule = { alert: 'A', labels: { severity: 'warning' }, annotations: { summary: 's' } };
    const rules = { groups: [{ rules: [rule] }] };
    const fires = { alert_rule_test: [{ alertname: 'A', exp_alerts: [{}] }] };
    const quiet = { alert_rule_test: [{ alertname: 'A', exp_alerts: [] }] };
    expect(faultsOfAlertTests(rules, { tests: [fires, quiet] })).toEqual([]);
    expect(faultsOfAlertTests(rules, { tests: [fires] })).toEqual(['A is never quiet in the tests.']);
    expect(faultsOfAlertTests(rules, { tests: [quiet] })).toEqual(['A never fires in the tests.']);
  });

  test('the metrics of an expression are found with their labels, and nothing else is', () => {
    const expression =
      'sum by (le, route) (rate(tsh_a_bucket{route="/x{y}", status!~"5.."}[5m])) / on (job) group_left (x) max(tsh_b offset 15m) and tsh_c > 1e3';
    expect(metricsOf(expression)).toEqual([
      { metric: 'tsh_a_bucket', labels: ['route', 'status'] },
      { metric: 'tsh_b', labels: [] },
      { metric: 'tsh_c', labels: [] },
    ]);
  });
});

describe('the rules of env templates', () => {
  const known = settingsOfTheServer();

  test('the settings of the server are seen while it reads them', () => {
    for (const name of [
      'DATABASE_URL',
      'DB_NAME',
      'ZOHO_CONCURRENCY',
      'API_PROCESSES',
      'UVICORN_WORKERS',
      'DEPLOYMENT_SLOT',
      'APP_ENV_FILE',
    ]) {
      expect(known).toContain(name);
    }
    expect(known).not.toContain('BLUE_PORT');
  });

  test.each([
    ['DB_NAME=\nDB_PASSWORD_FILE=\nAPP_ENV=staging\n', []],
    ['DB_NAMES=\n', ['e:1: nobody reads DB_NAMES.']],
    ['DB_NAME=tsh\n', ['e:1 gives DB_NAME a value; templates hold none.']],
    ['DB_NAME=\n# twice\nDB_NAME=\n', ['e:3 names DB_NAME for the second time.']],
    ['export DB_NAME=\n', ['e:1 is neither NAME= nor a comment.']],
  ])('%j', (text, faults) => expect(faultsOfTemplate('e', text, known)).toEqual(faults));
});

describe('the other rules', () => {
  test('a command that the operators do not have is found', () => {
    expect(unknownCommands('npm run deploy -- rollback --to v1; node dist/ops/cli.js daily')).toEqual([]);
    expect(unknownCommands('npm run --silent deploy -- undo; node dist/ops/cli.js purge')).toEqual(['undo', 'purge']);
  });

  test('a field that is taken away breaks clients, a deprecated one and a new one do not', () => {
    const former = 'type Query { a: Int b: String } enum E { X }';
    expect(compareSchemas(former, 'type Query { a: Int b: String @deprecated c: Int } enum E { X }').breaking).toEqual(
      [],
    );
    expect(compareSchemas(former, 'type Query { a: Int } enum E { X }').breaking).toEqual([
      'FIELD_REMOVED: Query.b was removed.',
    ]);
    const { breaking, dangerous } = compareSchemas(former, 'type Query { a: Int b: String } enum E { X Y }');
    expect([breaking, dangerous.length]).toEqual([[], 1]);
  });
});

describe('the settings that a stack gives to the server', () => {
  const app: ComposeService = {
    environment: {
      ...{ APP_ENV: 'production', ROLE: 'api', API_PROCESSES: '4', DB_POOL_SIZE: '10', DB_MAX_OVERFLOW: '5' },
      ...{ DB_HOST: 'postgres', DB_PASSWORD_FILE: '/run/secrets/postgres_password', REDIS_URL: 'redis://redis:6379/0' },
      ...{ JWT_SECRET_KEY_FILE: '/run/secrets/jwt', ENCRYPTION_KEY_FILE: '/run/secrets/jwt' },
      ...{ ZOHO_WEBHOOK_SECRET_FILE: '/run/secrets/jwt', ZOHO_CLIENT_SECRET_FILE: '/run/secrets/jwt' },
      ZOHO_REFRESH_TOKEN_FILE: '/run/secrets/jwt',
    },
    secrets: [{ source: 'postgres_password' }, { source: 'jwt' }],
  };
  const faults = async (environment: Record<string, string>, connections: string) =>
    (
      await faultsOfSettings('s', {
        services: {
          app_blue: { ...app, environment: { ...app.environment, ...environment } },
          postgres: { command: ['postgres', '-c', `max_connections=${connections}`] },
        },
      })
    ).join('\n');

  test('are those that the server accepts, and its processes fit the database of the stack', async () => {
    expect(await faults({}, '200')).toBe('');
    expect(await faults({}, '100')).toMatch(/app_blue: The processes may open 159 .* max_connections is 100/);
    expect(await faults({ SYNC_PHASE: 'sideways' }, '200')).toMatch(/SYNC_PHASE is "sideways"/);
    expect(await faults({ DEPLOY_TOKEN_FILE: '/run/secrets/deploy_token' }, '200')).toMatch(/not among its secrets/);
  });
});
