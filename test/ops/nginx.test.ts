import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { runCli } from '../../ops/cli.js';
import { createRouter } from '../../ops/deploy/router.js';
import { systemClock } from '../../ops/deploy/clock.js';
import { checkNginx, startNginx } from '../../ops/nginx/process.js';
import { renderNginx, writeNginx, type NginxSettings } from '../../ops/nginx/render.js';
import { ensureNginx, stopChild, testNginxSettings, until } from '../support/deploy-host.js';
import { temporaryFolder } from '../support/folder.js';
import { freePort } from '../support/services.js';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** One request with a Host, a source address and a TLS version of our choice, which fetch does not allow. */
function ask(
  port: number,
  url: string,
  options: {
    host?: string;
    headers?: Record<string, string>;
    from?: string;
    tls?: { maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' };
  } = {},
): Promise<Answer> {
  const { host = 'erp.tsh.example', headers = {}, from, tls } = options;
  return new Promise((resolve, reject) => {
    const call = (tls ? tlsRequest : request)(
      {
        port,
        host: '127.0.0.1',
        path: url,
        agent: false,
        headers: { host, ...headers },
        ...(from ? { localAddress: from } : {}),
        ...(tls
          ? {
              rejectUnauthorized: false,
              servername: host,
              minVersion: 'TLSv1' as const,
              ciphers: 'DEFAULT@SECLEVEL=0',
              ...tls,
            }
          : {}),
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
      },
    );
    call.once('error', reject);
    call.end();
  });
}

/** Stands where a slot's server stands, and says what it was sent. */
async function startSlot(
  name: string,
): Promise<{ port: number; server: Server; connections(): number; stop(): Promise<void> }> {
  let connections = 0;
  const server = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, method, url, headers, filler: 'x'.repeat(3000) }));
  });
  server.on('connection', () => (connections += 1));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => socket.send(`${name}:${data.toString()}`)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    server,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('nginx', () => {
  const nginx = ensureNginx();
  const dir = temporaryFolder('nginx');
  let settings: NginxSettings;
  let http = 0;
  let https = 0;
  let admin = 0;
  let blue: Awaited<ReturnType<typeof startSlot>>;
  let green: Awaited<ReturnType<typeof startSlot>>;
  let child: ReturnType<typeof startNginx>;

  beforeAll(async () => {
    blue = await startSlot('blue');
    green = await startSlot('green');
    [http, https, admin] = [await freePort(), await freePort(), await freePort()];
    const certificate = path.join(dir, 'site.crt');
    const key = path.join(dir, 'site.key');
    const names = ['erp', 'shop', 'consumer', 'www'].map((name) => `DNS:${name}.tsh.example`).join(',');
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=tsh.example'],
      ...['-addext', `subjectAltName=DNS:tsh.example,${names}`, '-keyout', key, '-out', certificate],
    ]);
    if (made.status !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
    settings = {
      ...testNginxSettings(dir, { public: http, blue: blue.port, green: green.port, admin }),
      tls: { port: https, certificate, key },
    };
    for (const [site, text] of [
      ['admin', 'the administration'],
      ['consumer', 'the shop'],
    ] as const) {
      mkdirSync(path.join(dir, 'sites', site, 'assets'), { recursive: true });
      writeFileSync(path.join(dir, 'sites', site, 'index.html'), `<p>${text}</p>`);
      writeFileSync(path.join(dir, 'sites', site, 'assets/app-1a2b.js'), `// ${'x'.repeat(4000)}`);
    }
    mkdirSync(path.join(dir, 'acme/.well-known/acme-challenge'), { recursive: true });
    writeFileSync(path.join(dir, 'acme/.well-known/acme-challenge/token'), 'proof');
    const conf = writeNginx(settings);
    expect(checkNginx(nginx, conf)).toBeNull();
    child = startNginx(nginx, conf);
    await until('nginx', () =>
      ask(http, '/nginx-health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  }, 60_000);
  afterAll(async () => {
    await stopChild(child, 'SIGQUIT');
    await blue.stop();
    await green.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const secure = (url: string, options: Parameters<typeof ask>[2] = {}) =>
    ask(https, url, { tls: { maxVersion: 'TLSv1.3' }, ...options });
  const router = () =>
    createRouter({
      stateDir: settings.stateDir,
      publicUrl: `http://127.0.0.1:${http}`,
      connectTo: undefined,
      streak: 5,
      deadlineMs: 5000,
      pollMs: 20,
      clock: systemClock,
    });
  const json = ({ body }: Answer) => JSON.parse(body.toString());

  test('refuses a broken configuration in a way that stops a deployment', () => {
    const broken = path.join(dir, 'broken.conf');
    writeFileSync(broken, 'events {} http { server { listen 1; nonsense on; } }');
    expect(checkNginx(nginx, broken)).toMatch(/unknown directive "nonsense"/);
  });

  test('the command writes the configuration of a host, which nginx accepts, and tells when it does not', async () => {
    const lines: string[] = [];
    const env = {
      DEPLOY_DRIVER: 'systemd',
      DEPLOY_PATH: path.join(dir, 'host'),
      NGINX_LOG_DIR: path.join(dir, 'host/log'),
      NGINX_HTTP_PORT: '8088',
      NGINX_HTTPS_PORT: '8443',
    };
    const context = { env, out: (line: string) => void lines.push(line), signal: new AbortController().signal };
    const args = ['nginx', '--out', path.join(dir, 'host/nginx')];
    const keys = ['--certificate', path.join(dir, 'site.crt'), '--key', path.join(dir, 'site.key')];
    expect(await runCli([...args, ...keys], context)).toBe(0);
    expect(lines.at(-1)).toBe('nginx -t accepts it.');
    expect(
      await runCli([...args, '--certificate', path.join(dir, 'none'), '--key', path.join(dir, 'none')], context),
    ).toBe(1);
    expect(lines.at(-1)).toMatch(/cannot load certificate/);
    expect(await runCli(['nginx'], context)).toBe(2);
  });

  test('values that would become configuration of their own are refused', () => {
    for (const name of ['x; return 200', 'a b', '}', '$host', 'a\nb']) {
      expect(() => renderNginx({ ...settings, apiNames: [name] })).toThrow(/cannot be given/);
    }
  });

  test('sends traffic where the flag file says, from the next request on and without a reload', async () => {
    for (const slot of ['green', 'blue', 'green', 'blue'] as const) {
      router().switchTo(slot);
      expect(json(await secure('/graphql')).name).toBe(slot);
    }
  });

  test('passes host, address and request on, and keeps its connections to the slot open', async () => {
    router().switchTo('blue');
    const { headers, url } = json(await secure('/graphql?x=1', { headers: { 'x-forwarded-for': '9.9.9.9' } }));
    expect(url).toBe('/graphql?x=1');
    expect(headers).toMatchObject({ host: 'erp.tsh.example', 'x-forwarded-proto': 'https', 'x-real-ip': '127.0.0.1' });
    // The server trusts the last one, which is nginx's own word.
    expect(headers['x-forwarded-for']).toBe('9.9.9.9, 127.0.0.1');
    const before = blue.connections();
    for (let n = 0; n < 40; n += 1) await secure('/livez');
    // One for each worker process of nginx and a little for chance, not one for each request.
    expect(blue.connections() - before).toBeLessThan(10);
  });

  test('a WebSocket passes, and stays where it was opened when traffic moves', async () => {
    router().switchTo('blue');
    const socket = new WebSocket(`wss://127.0.0.1:${https}/graphql`, {
      rejectUnauthorized: false,
      headers: { host: 'erp.tsh.example' },
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const say = (text: string) =>
      new Promise<string>((resolve) => {
        socket.once('message', (data: Buffer) => resolve(data.toString()));
        socket.send(text);
      });
    expect(await say('one')).toBe('blue:one');
    router().switchTo('green');
    expect(await say('two')).toBe('blue:two');
    expect(json(await secure('/x')).name).toBe('green');
    socket.terminate();
    router().switchTo('blue');
  });

  test('answers are compressed when the client asks for it', async () => {
    const answer = await secure('/graphql', { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(answer.body).toString()).name).toBe('blue');
    expect((await secure('/graphql')).headers['content-encoding']).toBeUndefined();
  });

  test('plain HTTP leads to HTTPS with its path, and answers the certificate challenge', async () => {
    for (const host of ['erp.tsh.example', 'shop.tsh.example']) {
      const { status, headers } = await ask(http, '/a?b=1', { host });
      expect([status, headers.location]).toEqual([308, `https://${host}/a?b=1`]);
    }
    expect((await ask(http, '/.well-known/acme-challenge/token')).body.toString()).toBe('proof');
  });

  // At this security level the client itself would speak TLS 1.1, so the refusal is nginx's.
  test('speaks TLS 1.2 and 1.3 and nothing older', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect((await ask(https, '/livez', { tls: { maxVersion } })).status).toBe(200);
    }
    await expect(ask(https, '/livez', { tls: { maxVersion: 'TLSv1.1' } })).rejects.toThrow(/alert protocol version/);
  });

  test('the deployer reaches the proxy of its own host under the public name, and believes only its certificate', async () => {
    const script = `import { ask } from './dist/ops/deploy/http.js';
      const answer = await ask(process.argv[1], { timeoutMs: 5000, connectTo: '127.0.0.1' });
      console.log(answer.status, JSON.parse(answer.body).headers.host);`;
    // Not spawnSync: the slot behind nginx lives in this process.
    const asking = (name: string, ca: boolean) =>
      new Promise<string>((resolve) => {
        const env = { ...process.env, ...(ca ? { NODE_EXTRA_CA_CERTS: path.join(dir, 'site.crt') } : {}) };
        const args = ['--input-type=module', '-e', script, `https://${name}:${https}/livez`];
        const child = spawn(process.execPath, args, { env });
        let text = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (part: Buffer) => (text += part.toString()));
        child.once('close', () => resolve(text.trim()));
      });
    expect(await asking('erp.tsh.example', true)).toBe(`200 erp.tsh.example:${https}`);
    expect(await asking('erp.tsh.example', false)).toMatch(/self-signed certificate/);
    expect(await asking('other.example', true)).toMatch(/does not match certificate/);
  });

  test.each([
    ['tsh.example', 'the administration'],
    ['www.tsh.example', 'the administration'],
    ['shop.tsh.example', 'the shop'],
    ['consumer.tsh.example', 'the shop'],
  ])(
    '%s is a site of its own: deep links lead to its page, assets are kept, the page is asked for anew',
    async (host, text) => {
      for (const url of ['/', '/orders/7']) {
        const page = await secure(url, { host });
        expect([page.status, page.body.toString(), page.headers['cache-control']]).toEqual([
          200,
          `<p>${text}</p>`,
          'no-cache',
        ]);
      }
      const asset = await secure('/assets/app-1a2b.js', { host, headers: { 'accept-encoding': 'gzip' } });
      expect(asset.headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-encoding': 'gzip',
        'x-content-type-options': 'nosniff',
      });
      expect((await secure('/assets/gone.js', { host })).status).toBe(404);
    },
  );

  test('metrics are not for the public', async () => {
    expect((await secure('/metrics')).status).toBe(403);
  });

  test('the maintenance page is for everybody but this host, in both languages, and goes with its flag', async () => {
    router().maintenance(true);
    const outside = await secure('/graphql', { from: '127.0.0.2' });
    expect([outside.status, outside.headers['retry-after']]).toEqual([503, '120']);
    expect(outside.body.toString()).toMatch(/maintenance[\s\S]*dir="rtl"/);
    expect((await secure('/graphql')).status).toBe(200);
    router().maintenance(false);
    expect((await secure('/graphql', { from: '127.0.0.2' })).status).toBe(200);
  });

  test('a slot that is away is told in the words of the API, with a time to try again', async () => {
    const [gone, conf] = [await freePort(), path.join(dir, 'away')];
    const front = await freePort();
    const away = testNginxSettings(conf, { public: front, blue: gone, green: gone, admin: await freePort() });
    const other = startNginx(nginx, writeNginx(away));
    await until('nginx', () =>
      ask(front, '/nginx-health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const answer = await ask(front, '/graphql');
    await stopChild(other, 'SIGQUIT');
    expect([answer.status, json(answer).errors[0].extensions.code, answer.headers['retry-after']]).toEqual([
      502,
      'UNAVAILABLE',
      '2',
    ]);
  });

  test('the dashboard has its port and its path, and says that it is not here yet', async () => {
    expect((await ask(admin, '/')).body.toString()).toMatch(/not here yet/);
    expect((await secure('/admin')).headers.location).toMatch(/\/admin\/$/);
    expect((await secure('/admin/')).body.toString()).toMatch(/not here yet/);
  });

  test('the page of the workers is served below the address of the API, and may run no other script', async () => {
    const page = await secure('/admin/workers.html');
    expect(page.body.toString()).toMatch(/<script src="workers\.js" defer>/);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'self';/);
    const script = await secure('/admin/workers.js');
    expect([script.status, script.headers['content-type']]).toEqual([200, 'application/javascript']);
    expect(script.body.toString()).toContain('syncWorkers');
  });

  test('the names of production are the five domains', () => {
    const text = Object.values(
      renderNginx({
        ...settings,
        apiNames: ['erp.tsh.sale'],
        siteNames: ['tsh.sale', 'www.tsh.sale'],
        shopNames: ['shop.tsh.sale', 'consumer.tsh.sale'],
      }),
    ).join('\n');
    for (const name of ['erp.tsh.sale', 'tsh.sale www.tsh.sale', 'shop.tsh.sale consumer.tsh.sale']) {
      expect(text).toContain(`server_name ${name};`);
    }
  });
});
