import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Check } from './check.js';
import { withFolder } from './files.js';
import { answerOf, freePort } from './loopback.js';
import { faultsOf, mustHaveFailed, runProgram } from './program.js';

const DASHBOARD = 'ops/docker/dashboard/nginx.conf';
const test = (file: string) => runProgram('nginx', ['-t', '-q', '-e', 'stderr', '-c', file]);

/** The part of ops/nginx/render.ts that is called here; it belongs to the deployer and may not be there. */
interface Renderer {
  writeNginx(settings: object): string;
  DOMAINS: object;
}

const renderer = new URL('../nginx/render.js', import.meta.url);

const SERVE_MS = 15_000;

/** Starts nginx with the page's configuration, moved to a folder and a port of its own, and asks it. */
async function checkPage(): Promise<string[]> {
  return withFolder(async (dir) => {
    const port = await freePort();
    const page = readFileSync(path.join(path.dirname(DASHBOARD), 'index.html'), 'utf8');
    writeFileSync(path.join(dir, 'index.html'), page);
    const file = path.join(dir, 'nginx.conf');
    const moved = readFileSync(DASHBOARD, 'utf8')
      .replaceAll('/tmp/', `${dir}/`)
      .replace('listen 3000', `listen 127.0.0.1:${port}`)
      .replace('/usr/share/nginx/html', dir);
    writeFileSync(file, moved);
    const user = process.getuid?.() === 0 ? ' user root;' : '';
    const ended = runProgram('nginx', ['-e', 'stderr', '-c', file, '-g', `daemon off;${user}`]);
    const ask = (at: string) => answerOf(`http://127.0.0.1:${port}${at}`, SERVE_MS);
    try {
      const [health, root, unknown] = [await ask('/health'), await ask('/'), await ask('/queue/failed')];
      return [
        ...(health.includes('"healthy"') ? [] : [`/health of the dashboard answers ${health}`]),
        ...(root === page && unknown === page ? [] : ['The dashboard does not answer with its page.']),
      ];
    } finally {
      await runProgram('nginx', ['-e', 'stderr', '-c', file, '-g', user, '-s', 'quit']);
      await ended;
    }
  });
}

async function selfSigned(dir: string): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [path.join(dir, 'certificate.pem'), path.join(dir, 'key.pem')];
  const subject = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=test'];
  await runProgram('openssl', ['req', ...subject, '-days', '2', '-keyout', key, '-out', certificate]);
  return { certificate, key };
}

async function checkRendered(): Promise<string[]> {
  const { writeNginx, DOMAINS } = (await import(renderer.href)) as Renderer;
  const faults: string[] = [];
  for (const secure of [false, true]) {
    await withFolder(async (dir) => {
      const below = (name: string): string => {
        mkdirSync(path.join(dir, name), { recursive: true });
        return path.join(dir, name);
      };
      const confDir = below('conf');
      const file = writeNginx({
        ...DOMAINS,
        confDir,
        htmlDir: path.join(confDir, 'html'),
        stateDir: below('state'),
        runDir: below('run'),
        logDir: below('log'),
        sitesDir: below('sites'),
        acmeDir: below('acme'),
        bluePort: 8001,
        greenPort: 8011,
        adminPort: 3000,
        adminPlaceholder: false,
        httpPort: 8080,
        tls: secure ? { port: 8443, ...(await selfSigned(dir)) } : null,
        bind: '127.0.0.1',
        insideAddresses: ['127.0.0.1'],
        workers: '1',
        user: null,
      });
      faults.push(...faultsOf(`nginx -t ${secure ? 'with' : 'without'} TLS`, await test(file)));
    });
  }
  return faults;
}

export const nginxChecks: readonly Check[] = [
  {
    name: 'nginx accepts the configuration of the dashboard page',
    tools: ['nginx'],
    run: () =>
      withFolder(async (dir) => {
        const good = path.join(dir, 'nginx.conf');
        const bad = path.join(dir, 'planted.conf');
        copyFileSync(DASHBOARD, good);
        writeFileSync(bad, 'events {}\nhttp { servers {} }\n');
        return [...mustHaveFailed('nginx -t', await test(bad)), ...faultsOf(DASHBOARD, await test(good))];
      }),
  },
  { name: 'nginx serves the dashboard page and its health', tools: ['nginx'], run: checkPage },
  // The deployer's own templates: checked as soon as they are part of the build.
  ...(existsSync(renderer)
    ? [
        {
          name: 'nginx accepts the rendered configuration of the API, with and without TLS',
          tools: ['nginx' as const],
          run: checkRendered,
        },
      ]
    : []),
];
