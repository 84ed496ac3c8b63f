import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface NginxSettings {
  /** Where the rendered files go, and are when nginx reads them. */
  confDir: string;
  /** Where nginx finds the pages of `html`; a container may see them elsewhere. */
  htmlDir: string;
  stateDir: string;
  runDir: string;
  logDir: string;
  sitesDir: string;
  acmeDir: string;
  bluePort: number;
  greenPort: number;
  adminPort: number;
  /** False where something else listens on the dashboard's port. */
  adminPlaceholder: boolean;
  httpPort: number;
  /** Null: plain HTTP on `httpPort`, for one machine without a certificate. */
  tls: { port: number; certificate: string; key: string } | null;
  /** An address before the port: `127.0.0.1` keeps it on this machine. */
  bind: string | null;
  apiNames: readonly string[];
  siteNames: readonly string[];
  shopNames: readonly string[];
  /** Addresses that see the service during maintenance. */
  insideAddresses: readonly string[];
  workers: string;
  /** Only for a master that is root and whose folders other users may not enter. */
  user: string | null;
}

export const DOMAINS = {
  apiNames: ['erp.tsh.sale'],
  siteNames: ['tsh.sale', 'www.tsh.sale'],
  shopNames: ['shop.tsh.sale', 'consumer.tsh.sale'],
} as const;

/** The templates lie in the source tree; the compiled program stands in dist, two or three levels below the same root. */
export function templateDir(): string {
  let at = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const dir = path.join(at, 'ops', 'nginx');
    if (existsSync(path.join(dir, 'nginx.conf'))) return dir;
    if (at === path.dirname(at)) throw new Error('The templates of ops/nginx are not here.');
    at = path.dirname(at);
  }
}

const TEMPLATES = ['nginx.conf', 'tsh-erp.conf', 'proxy.conf', 'static.conf'];

function valuesOf(settings: NginxSettings): Record<string, string> {
  const { bind, httpPort, tls } = settings;
  const at = (port: number): string => (bind === null ? String(port) : `${bind}:${port}`);
  return {
    USER_LINE: settings.user === null ? '' : `user ${settings.user};`,
    WORKERS: settings.workers,
    RUN_DIR: settings.runDir,
    LOG_DIR: settings.logDir,
    STATE_DIR: settings.stateDir,
    SITES_DIR: settings.sitesDir,
    ACME_DIR: settings.acmeDir,
    HTML_DIR: settings.htmlDir,
    BLUE_PORT: String(settings.bluePort),
    GREEN_PORT: String(settings.greenPort),
    ADMIN_PORT: String(settings.adminPort),
    HTTP_PORT: at(httpPort),
    LISTEN: tls === null ? at(httpPort) : `${at(tls.port)} ssl http2`,
    DEFAULT_SERVER: ' default_server',
    TLS_INCLUDE: tls === null ? '' : '  include ssl.conf;',
    CERTIFICATE: tls?.certificate ?? '',
    CERTIFICATE_KEY: tls?.key ?? '',
    API_NAMES: settings.apiNames.join(' '),
    SITE_NAMES: settings.siteNames.join(' '),
    SHOP_NAMES: settings.shopNames.join(' '),
    INSIDE_LINES: settings.insideAddresses.map((address) => `    ${address} 0;`).join('\n'),
  };
}

const UNSAFE = /[\s;{}'"$\\]/;

/** Fills the templates in; a value that could become configuration of its own is refused. */
export function renderNginx(settings: NginxSettings): Record<string, string> {
  const { tls, adminPlaceholder } = settings;
  const paths = [settings.confDir, settings.htmlDir, settings.stateDir, settings.runDir, settings.logDir];
  const names = [...settings.apiNames, ...settings.siteNames, ...settings.shopNames, ...settings.insideAddresses];
  const given = [...paths, settings.sitesDir, settings.acmeDir, ...names, tls?.certificate ?? '', tls?.key ?? ''];
  const unsafe = given.find((value) => UNSAFE.test(value));
  if (unsafe !== undefined) throw new Error(`nginx cannot be given "${unsafe}": use plain names and paths.`);

  const from = templateDir();
  const values = valuesOf(settings);
  const fill = (name: string): string =>
    readFileSync(path.join(from, name), 'utf8').replace(/\$\{([A-Z_]+)\}/g, (whole, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`${name} asks for ${whole}, which nobody gives.`);
      return value;
    });
  const files = Object.fromEntries(TEMPLATES.map((name) => [name, fill(name)]));
  if (tls !== null) {
    files['ssl.conf'] = fill('ssl.conf');
    files['tsh-erp.conf'] += `\n${fill('redirect.conf')}`;
  }
  if (adminPlaceholder) files['tsh-erp.conf'] += `\n${fill('admin-placeholder.conf')}`;
  return files;
}

/** Writes the configuration and its pages, and makes the folders that nginx needs. */
export function writeNginx(settings: NginxSettings): string {
  const { confDir, runDir, logDir, stateDir } = settings;
  const files = renderNginx(settings);
  for (const dir of [confDir, runDir, logDir, stateDir]) mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(confDir, name), text);
  const html = path.join(confDir, 'html');
  cpSync(path.join(templateDir(), 'html'), html, { recursive: true });
  for (const page of ['workers.html', 'workers.js']) {
    cpSync(path.join(templateDir(), '../docker/dashboard', page), path.join(html, page));
  }
  return path.join(confDir, 'nginx.conf');
}
