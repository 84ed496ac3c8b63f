import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { listen } from '../../src/platform/http/listen.js';

const HOST = '127.0.0.1';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('listening', () => {
  test('a crowd of new connections is taken in a few turns of the event loop', async () => {
    const crowd = 200;
    let taken = 0;
    const server = createServer();
    server.on('connection', () => (taken += 1));
    const { port, close } = await listen(server, { port: 0, host: HOST });
    const clients: Socket[] = Array.from({ length: crowd }, () => connect(port, HOST));
    let turns = 0;
    for (; taken < crowd; turns += 1) await turn();
    // One at a time would be 200.
    expect(turns).toBeLessThan(crowd / 2);
    for (const client of clients) client.destroy();
    await close();
  });

  test('every connection reaches the one server, and closing waits for what is under way on each', async () => {
    const answer: (() => void)[] = [];
    const server = createServer((_request, response) => void answer.push(() => response.end('done')));
    const { port, close } = await listen(server, { port: 0, host: HOST });
    const asked = Array.from({ length: 40 }, async () => {
      const response = await fetch(`http://${HOST}:${port}/`, { headers: { connection: 'close' } });
      return response.text();
    });
    while (answer.length < 40) await turn();
    let isClosed = false;
    const closed = close().then(() => (isClosed = true));
    await turn();
    expect(isClosed).toBe(false);
    for (const end of answer) end();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['done']));
    await closed;
    await expect(fetch(`http://${HOST}:${port}/`)).rejects.toThrow();
  });

  test('a port that another server listens on is refused, even one that could be shared', async () => {
    const first = createServer();
    const { port, close } = await listen(first, { port: 0, host: HOST });
    await expect(listen(createServer(), { port, host: HOST })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await close();
    const again = await listen(createServer(), { port, host: HOST });
    await again.close();
  });
});
