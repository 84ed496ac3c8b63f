import { backupChecks } from './backup.js';
import type { Check } from './check.js';
import { composeChecks } from './compose.js';
import { dashboardChecks } from './dashboards.js';
import { dockerfileChecks } from './dockerfile.js';
import { environmentChecks } from './env-templates.js';
import { monitoringChecks } from './monitoring.js';
import { nginxChecks } from './nginx.js';
import { runbookChecks } from './runbook.js';
import { shellChecks } from './shell.js';
import { systemdChecks } from './systemd.js';
import { installTools } from './tools.js';
import { workflowChecks } from './workflows.js';

/** `npm run check:ops`: everything about deployment and operation that can be checked without deploying. */
const checks: readonly Check[] = [
  ...shellChecks,
  ...workflowChecks,
  ...dockerfileChecks,
  ...composeChecks,
  ...environmentChecks,
  ...systemdChecks,
  ...monitoringChecks,
  ...dashboardChecks,
  ...nginxChecks,
  ...backupChecks,
  ...runbookChecks,
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const begun = performance.now();
const secondsSince = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`;

const missing = new Set(
  await installTools(
    checks.flatMap(({ tools }) => tools),
    say,
  ),
);

async function faultsOfCheck(check: Check): Promise<readonly string[]> {
  const absent = check.tools.filter((tool) => missing.has(tool));
  if (absent.length > 0) return [`${absent.join(', ')} is not here. Install it, or run this as root.`];
  try {
    return await check.run();
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}

let failed = 0;
for (const check of checks) {
  const from = performance.now();
  const faults = await faultsOfCheck(check);
  if (faults.length > 0) failed += 1;
  say(`${faults.length === 0 ? 'ok  ' : 'FAIL'}  ${check.name} (${secondsSince(from)})`);
  for (const fault of faults) say(`        ${fault}`);
}
say(`${checks.length - failed} of ${checks.length} checks passed in ${secondsSince(begun)}.`);
process.exitCode = failed === 0 ? 0 : 1;
