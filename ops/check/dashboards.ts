import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Check } from './check.js';
import { filesBelow, withFolder } from './files.js';
import { answerOf, freePort } from './loopback.js';
import { faultsOf, mustHaveFailed, runProgram } from './program.js';
import { metricsOf } from './promql.js';

const DIR = 'ops/monitoring/grafana/dashboards';
const PANELS = new Set(['row', 'timeseries', 'stat', 'table']);

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults?: { unit?: string } };
  targets?: readonly { refId: string; expr: string; datasource?: { uid?: string } }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  panels: readonly Panel[];
}

export function readDashboards(): { file: string; dashboard: Dashboard }[] {
  return filesBelow(DIR, (name) => name.endsWith('.json')).map((file) => ({
    file,
    dashboard: JSON.parse(readFileSync(file, 'utf8')) as Dashboard,
  }));
}

export const expressionsOf = ({ panels }: Dashboard): string[] =>
  panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr));

/** The expressions of all alerts. */
export function alertExpressions(): string[] {
  const rules = parse(readFileSync('ops/monitoring/alerts.yml', 'utf8')) as {
    groups: { rules: { expr: string }[] }[];
  };
  return rules.groups.flatMap(({ rules: one }) => one.map(({ expr }) => expr));
}

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

function faultsOfPanel(panel: Panel): string[] {
  const faults: string[] = [];
  const { x, w, h } = panel.gridPos;
  const targets = panel.targets ?? [];
  if (!PANELS.has(panel.type)) faults.push(`is a ${panel.type}, which Grafana does not bring along`);
  if (!panel.title) faults.push('has no title');
  if (x < 0 || w < 1 || h < 1 || x + w > 24) faults.push('does not fit the grid of 24 columns');
  if (panel.type === 'row') return faults;
  if (targets.length === 0) faults.push('asks for nothing');
  if (!panel.fieldConfig?.defaults?.unit) faults.push('names no unit');
  if (new Set(targets.map(({ refId }) => refId)).size < targets.length) faults.push('uses a refId twice');
  if (targets.some(({ datasource }) => datasource?.uid !== 'prometheus')) faults.push('asks another data source');
  return faults;
}

/** Faults of the form; Grafana itself would show an empty or a broken panel without a word. */
export function faultsOfDashboard({ uid, title, schemaVersion, panels }: Dashboard): string[] {
  const faults: string[] = [];
  if (!/^[a-z0-9-]{1,40}$/.test(uid) || !title || !(schemaVersion >= 36))
    faults.push('It has no uid, title or version.');
  if (new Set(panels.map(({ id }) => id)).size < panels.length) faults.push('Two panels have one id.');
  for (const [index, panel] of panels.entries()) {
    faults.push(...faultsOfPanel(panel).map((text) => `Panel ${panel.id} "${panel.title}" ${text}.`));
    const hidden = panels.slice(index + 1).find((other) => overlap(panel.gridPos, other.gridPos));
    if (hidden) faults.push(`Panel ${panel.id} "${panel.title}" lies over "${hidden.title}".`);
  }
  return faults;
}

/** Gives promtool every expression as a recording rule: it has no other way to read one. */
async function checkExpressions(expressions: readonly string[]): Promise<string[]> {
  return withFolder(async (dir) => {
    const rulesFile = (name: string, exprs: readonly string[]): string => {
      const file = path.join(dir, name);
      const rules = exprs.map((expr, index) => ({ record: `panel:${index}`, expr }));
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
      return file;
    };
    const planted = await runProgram('promtool', ['check', 'rules', rulesFile('planted.yml', ['sum(rate(up[5m])'])]);
    const ended = await runProgram('promtool', ['check', 'rules', rulesFile('panels.yml', expressions)]);
    return [...mustHaveFailed('promtool', planted), ...faultsOf('promtool check rules', ended)];
  });
}

const EXPORTER_MS = 15_000;

/** What the real exporter of this host answers, once, on a port of 127.0.0.1. */
async function hostMetrics(): Promise<Set<string>> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn('prometheus-node-exporter', [`--web.listen-address=${address}`], { stdio: 'ignore' });
  try {
    const text = await answerOf(`http://${address}/metrics`, EXPORTER_MS);
    return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? ''));
  } finally {
    child.kill('SIGTERM');
  }
}

// cAdvisor needs a container engine, so its names stand here as its documentation has them; see the runbook.
const CONTAINER_METRICS = new Set([
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
  'container_network_receive_bytes_total',
  'container_spec_memory_limit_bytes',
  'container_start_time_seconds',
]);

const allExpressions = (): string[] => [
  ...readDashboards().flatMap(({ dashboard }) => expressionsOf(dashboard)),
  ...alertExpressions(),
];

export const dashboardChecks: readonly Check[] = [
  {
    name: 'Grafana dashboards are whole and every expression is PromQL',
    tools: ['promtool'],
    async run() {
      const dashboards = readDashboards();
      const uids = new Set(dashboards.map(({ dashboard }) => dashboard.uid));
      return [
        ...(uids.size < dashboards.length ? ['Two dashboards have one uid.'] : []),
        ...dashboards.flatMap(({ file, dashboard }) => faultsOfDashboard(dashboard).map((one) => `${file}: ${one}`)),
        ...(await checkExpressions(dashboards.flatMap(({ dashboard }) => expressionsOf(dashboard)))),
      ];
    },
  },
  {
    name: 'panels and alerts of the host ask for metrics that exist',
    tools: ['prometheus-node-exporter'],
    async run() {
      const exported = await hostMetrics();
      const asked = new Set(
        allExpressions().flatMap((expression) => metricsOf(expression).map(({ metric }) => metric)),
      );
      const unknown = [...asked].filter(
        (name) =>
          (name.startsWith('node_') && !exported.has(name)) ||
          (name.startsWith('container_') && !CONTAINER_METRICS.has(name)),
      );
      return unknown.map((name) => `Nothing exports ${name}.`);
    },
  },
];
