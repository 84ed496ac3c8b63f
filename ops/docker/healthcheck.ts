import { get } from 'node:http';

/**
 * The container's own question to /health: exit code 0 when it answers 200, else 1 with the reason. It speaks node:http,
 * because the image has no curl and fetch() does not let a program set Host, which ALLOWED_HOSTS is compared with.
 */
const port = Number(process.env['PORT'] ?? 8000);
const [host = 'localhost'] = (process.env['ALLOWED_HOSTS'] ?? '').split(',').map((one) => one.trim() || 'localhost');

function finish(fault: string | null): void {
  if (fault !== null) process.stderr.write(`${fault}\n`);
  process.exit(fault === null ? 0 : 1);
}

const request = get({ host: '127.0.0.1', port, path: '/health', headers: { host }, timeout: 8000 }, (response) => {
  response.resume();
  finish(response.statusCode === 200 ? null : `/health answered ${response.statusCode}.`);
});
request.on('timeout', () => finish('/health gave no answer in 8 s.'));
request.on('error', (error) => finish(`/health cannot be reached: ${error.message}`));
