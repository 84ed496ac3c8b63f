import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Check } from './check.js';
import { withFolder } from './files.js';
import { faultsOf, mustHaveFailed, runProgram } from './program.js';

const DIR = 'ops/monitoring';
const read = (name: string): unknown => parse(readFileSync(path.join(DIR, name), 'utf8'));

interface AlertRules {
  groups: { rules: { alert: string; labels?: { severity?: string }; annotations?: { summary?: string } }[] }[];
}
interface AlertTests {
  tests: { alert_rule_test: { alertname: string; exp_alerts?: readonly object[] }[] }[];
}

/** Every alert is shown firing and shown quiet: a rule that never fires passes every other test. */
export function faultsOfAlertTests(rules: AlertRules, tests: AlertTests): string[] {
  const shown = tests.tests.flatMap((test) => test.alert_rule_test);
  return rules.groups
    .flatMap((group) => group.rules)
    .flatMap(({ alert, labels, annotations }) => {
      const own = shown.filter(({ alertname }) => alertname === alert);
      const faults: string[] = [];
      if (!own.some(({ exp_alerts: expected }) => (expected ?? []).length > 0))
        faults.push(`${alert} never fires in the tests.`);
      if (!own.some(({ exp_alerts: expected }) => (expected ?? []).length === 0))
        faults.push(`${alert} is never quiet in the tests.`);
      if (!['critical', 'warning'].includes(labels?.severity ?? '')) faults.push(`${alert} has no severity.`);
      if (!annotations?.summary) faults.push(`${alert} says nothing.`);
      return faults;
    });
}

async function checkPrometheus(): Promise<string[]> {
  return withFolder(async (dir) => {
    const planted = path.join(dir, 'planted.yml');
    writeFileSync(planted, 'scrape_configs:\n  - job_nam: x\n');
    const syntax = ['check', 'config', '--syntax-only'];
    return [
      ...mustHaveFailed('promtool check config', await runProgram('promtool', [...syntax, planted])),
      ...faultsOf('prometheus.yml', await runProgram('promtool', [...syntax, `${DIR}/prometheus.yml`])),
      ...faultsOf('alerts.yml', await runProgram('promtool', ['check', 'rules', `${DIR}/alerts.yml`])),
    ];
  });
}

/** Runs the script that fills the placeholders in, with a program in Alertmanager's place that only prints. */
async function checkAlertmanager(): Promise<string[]> {
  return withFolder(async (dir) => {
    const [token, rendered, planted] = ['token', 'alertmanager.yml', 'planted.yml'].map((name) =>
      path.join(dir, name),
    ) as [string, string, string];
    writeFileSync(token, '1234:planted_for-the-check\n');
    writeFileSync(planted, 'route: { receiver: a }\nreceivers: [{ name: a, telegram_config: [] }]\n');
    const env = {
      TELEGRAM_CHAT_ID: '-1002003004',
      TELEGRAM_BOT_TOKEN_FILE: token,
      ALERTMANAGER_TEMPLATE: `${DIR}/alertmanager.yml`,
      ALERTMANAGER_CONFIG: rendered,
      ALERTMANAGER: 'echo',
    };
    const started = await runProgram('sh', [`${DIR}/start-alertmanager.sh`], { env });
    const refused = await runProgram('sh', [`${DIR}/start-alertmanager.sh`], {
      env: { ...env, TELEGRAM_CHAT_ID: 'a; b' },
    });
    const text = existsSync(rendered) ? readFileSync(rendered, 'utf8') : '';
    return [
      ...mustHaveFailed('amtool', await runProgram('amtool', ['check-config', planted])),
      ...mustHaveFailed('start-alertmanager.sh', refused),
      ...faultsOf('alertmanager.yml', await runProgram('amtool', ['check-config', `${DIR}/alertmanager.yml`])),
      ...faultsOf('start-alertmanager.sh', started),
      ...faultsOf('the filled alertmanager.yml', await runProgram('amtool', ['check-config', rendered])),
      ...(text.includes('bot_token: 1234:planted_for-the-check') && text.includes('chat_id: -1002003004')
        ? []
        : ['start-alertmanager.sh did not fill in the token and the chat.']),
    ];
  });
}

interface Scrapes {
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}

/** A target that no stack has stays down for ever and teaches people to ignore it. */
async function checkTargets(): Promise<string[]> {
  const services = new Set(
    ['docker-compose.yml', 'ops/compose/monitoring.yml'].flatMap((file) =>
      Object.keys((parse(readFileSync(file, 'utf8'), { merge: true }) as { services: object }).services),
    ),
  );
  return (read('prometheus.yml') as Scrapes).scrape_configs
    .flatMap(({ static_configs: configs }) => configs.flatMap(({ targets }) => targets))
    .map((target) => target.split(':')[0] ?? '')
    .filter((host) => host !== 'localhost' && !services.has(host))
    .map((host) => `prometheus.yml scrapes ${host}, which is no service of the stack.`);
}

export const monitoringChecks: readonly Check[] = [
  { name: 'Prometheus accepts its configuration and the alert rules', tools: ['promtool'], run: checkPrometheus },
  {
    name: 'alert rules fire and stay quiet as their unit tests say',
    tools: ['promtool'],
    async run() {
      return [
        ...faultsOf('promtool test rules', await runProgram('promtool', ['test', 'rules', `${DIR}/alerts.test.yml`])),
        ...faultsOfAlertTests(read('alerts.yml') as AlertRules, read('alerts.test.yml') as AlertTests),
      ];
    },
  },
  {
    name: 'Alertmanager accepts its configuration, also when it is filled in',
    tools: ['amtool'],
    run: checkAlertmanager,
  },
  { name: 'Prometheus scrapes services that the stack has', tools: [], run: checkTargets },
];
