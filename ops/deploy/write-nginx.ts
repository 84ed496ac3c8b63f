import path from 'node:path';
import type { OpsContext } from '../command.js';
import { checkNginx, findNginx, HOW_TO_INSTALL_NGINX } from '../nginx/process.js';
import { DOMAINS, writeNginx, type NginxSettings } from '../nginx/render.js';
import { readSettings, type DeploySettings } from './settings.js';

interface Asked {
  out: string;
  certificate: string | null;
  key: string | null;
}

const list = (value: string | undefined, fallback: readonly string[]): readonly string[] =>
  value ? value.split(/[\s,]+/).filter(Boolean) : fallback;

const port = (value: string | undefined, fallback: number): number => (value ? Number(value) : fallback);

/** The settings of a host's nginx: the names of the domains and the ports may be replaced by variables. */
export function nginxSettings(settings: DeploySettings, env: OpsContext['env'], asked: Asked): NginxSettings {
  const { deployPath, stateDir, ports, driver } = settings;
  const confDir = path.resolve(asked.out);
  // The container sees these folders under the host's own paths, so one configuration holds for every driver.
  const logDir = env['NGINX_LOG_DIR'] ?? (driver === 'local' ? path.join(deployPath, 'nginx-log') : '/var/log/nginx');
  const { certificate, key } = asked;
  return {
    confDir,
    htmlDir: path.join(confDir, 'html'),
    stateDir,
    runDir: path.join(deployPath, 'run'),
    logDir,
    sitesDir: path.join(deployPath, 'sites'),
    acmeDir: path.join(deployPath, 'acme'),
    bluePort: ports.blue,
    greenPort: ports.green,
    adminPort: port(env['DASHBOARD_PORT'], 3000),
    adminPlaceholder: driver !== 'compose',
    httpPort: port(env['NGINX_HTTP_PORT'], 80),
    tls: certificate === null || key === null ? null : { port: port(env['NGINX_HTTPS_PORT'], 443), certificate, key },
    bind: env['NGINX_BIND'] ?? null,
    apiNames: list(env['API_DOMAINS'], DOMAINS.apiNames),
    siteNames: list(env['SITE_DOMAINS'], DOMAINS.siteNames),
    shopNames: list(env['SHOP_DOMAINS'], DOMAINS.shopNames),
    insideAddresses: ['127.0.0.1', '::1'],
    workers: 'auto',
    user: null,
  };
}

export async function writeSettingsOfNginx(context: OpsContext, asked: Asked): Promise<number> {
  const settings = readSettings(context.env);
  const conf = writeNginx(nginxSettings(settings, context.env, asked));
  context.out(`Wrote ${conf}.`);
  if (settings.driver === 'compose') {
    context.out(`Check it where it runs: docker compose exec nginx nginx -t -c ${conf}`);
    return 0;
  }
  const nginx = findNginx();
  if (nginx === null) {
    context.out(HOW_TO_INSTALL_NGINX);
    return 1;
  }
  const fault = checkNginx(nginx, conf);
  context.out(fault ?? 'nginx -t accepts it.');
  return fault === null ? 0 : 1;
}
