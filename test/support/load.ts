import { Agent, request } from 'node:http';

export interface LoadReport {
  answered: number;
  /** Answers with another status than 200, and why; empty when all went well. */
  failed: string[];
  /** Connections that were refused, reset or closed under a request. */
  socketErrors: string[];
  /** Answers by the release that gave them. */
  releases: Map<string, number>;
}

export interface Load {
  report: LoadReport;
  stop(): Promise<LoadReport>;
}

export interface LoadOptions {
  url: string;
  path: string;
  body: string;
  headers?: Record<string, string>;
  connections: number;
  /** Null: the answer is good. */
  faultOf?(body: string): string | null;
}

/** POSTs without a pause over connections that are kept open, and never sends one again: what is lost is counted. */
export function startLoad({ url, path, body, headers = {}, connections, faultOf }: LoadOptions): Load {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const report: LoadReport = { answered: 0, failed: [], socketErrors: [], releases: new Map() };
  let running = true;

  const send = (): Promise<void> =>
    new Promise((resolve) => {
      const length = String(Buffer.byteLength(body));
      const call = request(
        {
          hostname,
          port,
          path,
          method: 'POST',
          agent,
          headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
        },
        (response) => {
          let text = '';
          response.on('data', (part: Buffer) => (text += part.toString()));
          response.once('error', (error) => {
            report.socketErrors.push(error.message);
            resolve();
          });
          response.once('end', () => {
            report.answered += 1;
            const release = String(response.headers['x-release'] ?? 'none');
            report.releases.set(release, (report.releases.get(release) ?? 0) + 1);
            const fault = response.statusCode === 200 ? (faultOf?.(text) ?? null) : `status ${response.statusCode}`;
            if (fault !== null) report.failed.push(`${fault}: ${text.slice(0, 200)}`);
            resolve();
          });
        },
      );
      call.once('error', (error) => {
        report.socketErrors.push(error.message);
        resolve();
      });
      call.end(body);
    });

  const loops = Array.from({ length: connections }, async () => {
    while (running) await send();
  });
  return {
    report,
    async stop() {
      running = false;
      await Promise.all(loops);
      agent.destroy();
      return report;
    },
  };
}
