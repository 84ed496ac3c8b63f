import 'reflect-metadata';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { listen } from '../../src/platform/http/listen.js';
import { closeHttpServer, createHttpServer } from '../../src/platform/http/server.js';

describe('a server that drains', () => {
  test('answers what is under way, then closes the connections that are kept alive', async () => {
    const server = createHttpServer((request, response) => {
      if (request.url === '/slow') entered.push(() => response.end('slow'));
      else response.end('fast');
    });
    const entered: (() => void)[] = [];
    const listening = await listen(server, { port: 0, host: '127.0.0.1' });
    const { port } = listening;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string) =>
      new Promise<{ body: string; connection: string | undefined }>((resolve, reject) => {
        const call = request({ port, host: '127.0.0.1', path, agent }, (response) => {
          let body = '';
          response.on('data', (part: Buffer) => (body += part.toString()));
          response.on('end', () => resolve({ body, connection: response.headers.connection }));
        });
        call.once('error', reject);
        call.end();
      });
    expect(await ask('/')).toEqual({ body: 'fast', connection: 'keep-alive' });
    const slow = ask('/slow');
    while (entered.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = closeHttpServer(server, listening);
    entered[0]?.();
    expect((await slow).body).toBe('slow');
    await closed;
    await expect(ask('/')).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/);
    agent.destroy();
  });

  test('answers of a draining server carry Connection: close', async () => {
    const entered: (() => void)[] = [];
    const server = createHttpServer((_request, response) => void entered.push(() => response.end('done')));
    const listening = await listen(server, { port: 0, host: '127.0.0.1' });
    const { port } = listening;
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (part: Buffer) => (received += part.toString()));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    // The second request is read only when the first has been answered, which happens while the server drains.
    socket.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
    while (entered.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = closeHttpServer(server, listening);
    socket.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
    while (entered.length < 2) {
      entered[0]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    entered[1]?.();
    await closed;
    await ended;
    expect(received.match(/Connection: .*/g)).toEqual(['Connection: keep-alive', 'Connection: close']);
  });
});
