import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** How a small release misbehaves; none of it: it is fit. */
export interface Behaviour {
  crashAtStart?: boolean;
  unhealthy?: boolean;
  wrongVersion?: boolean;
  previewFails?: boolean;
  publicFails?: boolean;
  /** Lines of the log from the first on. */
  logs?: readonly string[];
  /** Dead letters that /metrics tells; grows by one at each scrape when it says so. */
  deadLettersGrow?: boolean;
  serverErrors?: boolean;
  pending?: readonly { name: string; statements: readonly string[] }[];
  migrationFails?: boolean;
  startsAfterMs?: number;
  /** Answers no other Host, as ALLOWED_HOSTS has it. */
  onlyHost?: string;
}

// Stands in a folder as a built release does, and is started by the same command with the same variables. CommonJS,
// because no package.json stands above it.
const PROGRAM = `
const { createServer } = require('node:http');
const { appendFileSync, readFileSync } = require('node:fs');
const path = require('node:path');
const here = path.join(__dirname, '../..');
const is = JSON.parse(readFileSync(path.join(here, 'behaviour.json'), 'utf8'));
const version = process.env.VERSION;
const note = (what) => appendFileSync(process.env.SMALL_LOG, [what, process.env.ROLE || 'command', version, process.pid].join(' ') + '\\n');
if (process.argv[2] === 'migrate') {
  note('migrate');
  if (is.migrationFails) { console.error('migration 7 failed half way'); process.exit(1); }
  process.exit(0);
}
if (is.crashAtStart) { console.error('{"level":60,"msg":"cannot start"}'); process.exit(3); }
for (const line of is.logs || []) console.log(line);
let scrapes = 0;
const requests = { ok: 0, failed: 0 };
const listener = (request, response) => {
  response.setHeader('x-release', version);
  if (is.onlyHost && request.headers.host.split(':')[0] !== is.onlyHost) { response.statusCode = 421; return response.end('{}'); }
  const url = new URL(request.url, 'http://x');
  const json = (status, body) => { response.statusCode = status; response.end(JSON.stringify(body)); };
  if (url.pathname === '/livez') return json(200, { alive: true });
  if (url.pathname === '/readyz') return json(200, { ready: true });
  if (url.pathname === '/health') {
    if (is.unhealthy) return json(503, { status: 'unhealthy', version });
    return json(200, { status: 'healthy', version: is.wrongVersion ? 'another' : version });
  }
  if (url.pathname === '/probe') {
    const isPublic = request.headers['x-forwarded-for'] !== undefined;
    return json((isPublic ? is.publicFails : is.previewFails) ? 500 : 200, { probe: true });
  }
  if (url.pathname === '/metrics') {
    scrapes += 1;
    const dead = is.deadLettersGrow ? scrapes : 0;
    const failed = is.serverErrors ? scrapes * 50 : 0;
    return response.end([
      'tsh_queue_rows{status="dead_letter"} ' + dead,
      'tsh_http_request_seconds_count{route="/graphql",status="200"} ' + scrapes * 100,
      'tsh_http_request_seconds_count{route="/graphql",status="500"} ' + failed,
      '',
    ].join('\\n'));
  }
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => setTimeout(() => json(200, { version, body }), Math.random() * 10));
};
const server = createServer({ keepAliveTimeout: 65000 }, listener);
const begin = () => server.listen(Number(process.env.PORT), '127.0.0.1', () => note('start'));
if (is.startsAfterMs) setTimeout(begin, is.startsAfterMs); else begin();
process.on('SIGUSR2', () => note('released'));
process.on('SIGTERM', () => {
  server.close(() => { note('stop'); process.exit(0); });
  setInterval(() => server.closeIdleConnections(), 20);
});
`;

const CLI = `
const { readFileSync } = require('node:fs');
const path = require('node:path');
const is = JSON.parse(readFileSync(path.join(__dirname, '../../behaviour.json'), 'utf8'));
console.log(JSON.stringify(is.pending || []));
`;

/** A release of a few lines, where the point of a test is the sequence and not the server. */
export function makeSmallRelease(folder: string, behaviour: Behaviour = {}): string {
  mkdirSync(path.join(folder, 'dist/src'), { recursive: true });
  mkdirSync(path.join(folder, 'dist/ops'), { recursive: true });
  writeFileSync(path.join(folder, 'dist/src/main.js'), PROGRAM);
  writeFileSync(path.join(folder, 'dist/ops/cli.js'), CLI);
  writeFileSync(path.join(folder, 'behaviour.json'), JSON.stringify(behaviour));
  return folder;
}

export const SMALL_SMOKE = [
  { name: 'alive', path: '/livez', expect: { status: 200, includes: ['"alive":true'] } },
  { name: 'version', path: '/health', expect: { status: 200, includes: ['"version":"${version}"'] } },
  { name: 'probe', path: '/probe', expect: { status: 200, includes: ['"probe":true'] } },
];
