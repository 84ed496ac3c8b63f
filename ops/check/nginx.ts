import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Check } from './check.js';
import { withFolder } from './files.js';
import { faultsOf, mustHaveFailed, runProgram } from './program.js';

const DASHBOARD = 'ops/docker/dashboard/nginx.conf';
const test = (file: string) => runProgram('nginx', ['-t', '-q', '-e', 'stderr', '-c', file]);

/** The part of ops/nginx/render.ts that is called here; it belongs to the deployer and may not be there. */
interface Renderer {
  writeNginx(settings: object): string;
  DOMAINS: object;
}

const renderer = new URL('../nginx/render.js', import.meta.url);

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
