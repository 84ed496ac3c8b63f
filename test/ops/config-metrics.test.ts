import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { alertExpressions, expressionsOf, readDashboards } from '../../ops/check/dashboards.js';
import { familyOf, metricsOf } from '../../ops/check/promql.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/services.js';

/** Prometheus adds these to every series, or has them of itself. */
const OF_PROMETHEUS = new Set(['job', 'instance', 'le']);
const OF_EXPORTERS = /^(node_|container_|up$)/;

describe('what is watched', () => {
  let app: TestApp;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    app = await startTestApp({ settings: { PORT: String(port), DEPLOYMENT_SLOT: 'green', VERSION: 'v7' } });
  });
  afterAll(() => app.stop());

  const text = async (): Promise<string> => (await fetch(`${app.url}/metrics`)).text();

  test('every panel and every alert asks for metrics and labels that the server exports', async () => {
    const exported = new Set([...(await text()).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
    const labels = new Map<string, Set<string>>();
    for (const metric of app.app.services.metrics.registry.getMetricsAsArray()) {
      labels.set(metric.name, new Set((metric as unknown as { labelNames: string[] }).labelNames));
    }
    const expressions = [
      ...readDashboards().flatMap(({ dashboard }) => expressionsOf(dashboard)),
      ...alertExpressions(),
    ];
    const asked = expressions.flatMap(metricsOf).filter(({ metric }) => !OF_EXPORTERS.test(metric));
    const unknown = asked.filter(({ metric }) => !exported.has(metric) && !exported.has(familyOf(metric)));
    const wrong = asked.flatMap(({ metric, labels: wanted }) => {
      const known = labels.get(metric) ?? labels.get(familyOf(metric));
      return wanted.filter((one) => !OF_PROMETHEUS.has(one) && !known?.has(one)).map((one) => `${metric}{${one}}`);
    });
    expect(asked.length).toBeGreaterThan(30);
    expect({ unknown, wrong }).toEqual({ unknown: [], wrong: [] });
  });

  test('every subject that operators asked for has a panel', () => {
    const all = readDashboards()
      .flatMap(({ dashboard }) => expressionsOf(dashboard))
      .join('\n');
    for (const subject of [
      ...['histogram_quantile(0.5,', 'histogram_quantile(0.95,', 'histogram_quantile(0.99,', 'tsh_queue_rows'],
      ...['tsh_queue_oldest_seconds', 'tsh_webhooks_total', 'tsh_sync_delay_seconds', 'tsh_zoho_day_remaining'],
      ...['tsh_deployments', 'tsh_backup_last_good_timestamp_seconds', 'tsh_sync_delay_p95_seconds'],
      ...['tsh_db_pool_connections', 'tsh_live_subscriptions', 'tsh_build_info', 'node_filesystem_avail_bytes'],
    ]) {
      expect(all).toContain(subject);
    }
  });

  test('the release and the slot of a process stand in its metrics and in the details of its health', async () => {
    expect(await text()).toContain('tsh_build_info{version="v7",slot="green",role="all"} 1');
    const owner = await app.as('OWNER');
    const health = await fetch(`${app.url}/health`, { headers: { authorization: `Bearer ${owner.token}` } });
    expect(await health.json()).toMatchObject({ slot: 'green', version: 'v7' });
  });

  test('the health check of the image ends with 0 while the server is healthy, and with its reason when it is not', async () => {
    const ask = (environment: Record<string, string>) =>
      runAside(process.execPath, ['dist/ops/docker/healthcheck.js'], environment);
    expect(await ask({ PORT: String(port), ALLOWED_HOSTS: 'erp.example,other.example' })).toMatchObject({ code: 0 });
    const nobody = await ask({ PORT: String(await freePort()) });
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toMatch(/cannot be reached/);
  });
});

/** The server answers from this process, so the child is waited for without blocking it. */
async function runAside(command: string, args: string[], environment: Record<string, string>) {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'], ...environment } });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, stderr };
}
