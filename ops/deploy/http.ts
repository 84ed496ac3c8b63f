import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export interface HttpCall {
  method?: string | undefined;
  headers?: Record<string, string> | undefined;
  body?: string | undefined;
  timeoutMs: number;
  /** Connects there while the name of the URL stays in Host and SNI: `127.0.0.1` reaches the proxy of this host. */
  connectTo?: string | undefined;
}

const MAX_BODY = 4_000_000;

/** One request on a connection of its own, so that an answer never comes over one that was opened before a switch. */
export function ask(url: string, call: HttpCall): Promise<HttpAnswer> {
  const target = new URL(url);
  const secure = target.protocol === 'https:';
  const port = target.port || (secure ? '443' : '80');
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { connection: 'close', host: target.host, ...call.headers };
    if (call.body !== undefined) headers['content-length'] = String(Buffer.byteLength(call.body));
    const request = (secure ? tlsRequest : plainRequest)(
      {
        host: call.connectTo ?? target.hostname,
        port,
        path: `${target.pathname}${target.search}`,
        method: call.method ?? 'GET',
        headers,
        agent: false,
        ...(secure ? { servername: target.hostname } : {}),
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > MAX_BODY) request.destroy(new Error('The answer is too large.'));
          else parts.push(part);
        });
        response.once('error', reject);
        response.once('end', () => {
          clearTimeout(deadline);
          const body = Buffer.concat(parts).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    const deadline = setTimeout(
      () => request.destroy(new Error(`no answer within ${call.timeoutMs} ms`)),
      call.timeoutMs,
    );
    request.once('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    request.end(call.body);
  });
}

export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
};
