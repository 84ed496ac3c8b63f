import cluster from 'node:cluster';
import type { Server } from 'node:http';
import { createServer, type AddressInfo, type ListenOptions, type Server as TcpServer } from 'node:net';

/**
 * Listening sockets of one HTTP server. Node takes one connection from a listening socket in a turn of its event loop, and
 * a turn under load takes 10 ms: with one socket, a crowd of 1,300 new connections waited up to four seconds to be heard.
 * Linux spreads new connections over all sockets that share the port.
 */
const LISTENERS = 32;
/** A crowd that comes at once waits in the kernel: with Node's 511, the rest tries again a second later. */
const BACKLOG = 4096;

export interface Listening {
  port: number;
  /** Stops accepting; resolves when the last connection has ended. */
  close(): Promise<void>;
}

/** SO_REUSEPORT: Linux, and Node since 23.1 and 22.12; others listen on one socket. */
function sharesPorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return process.platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12));
}

const startListening = (server: TcpServer, options: ListenOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

const closed = (server: TcpServer): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/**
 * Two servers with shared sockets would divide the requests of one port without a word. Rejects with EADDRINUSE when
 * another process has it.
 */
export async function assertPortFree({ port, host }: { port: number; host: string }): Promise<void> {
  if (!sharesPorts() || port === 0) return;
  const probe = createServer();
  await startListening(probe, { port, host });
  await closed(probe);
}

/**
 * Rejects with the system's error: EADDRINUSE also when another process would share the port. The processes of one
 * cluster do share it; their primary has asked before it made them.
 */
export async function listen(server: Server, { port, host }: { port: number; host: string }): Promise<Listening> {
  const shared = sharesPorts();
  if (!cluster.isWorker) await assertPortFree({ port, host });
  const options = { host, backlog: BACKLOG, ...(shared ? { reusePort: true } : {}) };
  const own = await startListening(server, { ...options, port });
  const others: TcpServer[] = [];
  for (let index = 1; shared && index < LISTENERS; index += 1) {
    // As node:http makes its own sockets.
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket));
    others.push(other);
    await startListening(other, { ...options, port: own });
  }
  return { port: own, close: async () => void (await Promise.all([server, ...others].map(closed))) };
}
