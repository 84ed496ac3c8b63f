import { createReadStream, createWriteStream } from 'node:fs';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { AwsV4Signer } from 'aws4fetch';
import { BackupError } from './backup-error.js';
import type { S3Settings } from './settings.js';

/** The few calls of S3 that backups need, signed by SigV4. Files are streamed: a dump does not fit into the memory. */
export interface S3 {
  /** Stores a file under its known hash, which S3 compares with what arrived, and reads its size back. */
  put(key: string, file: string, about: { bytes: number; sha256: string }): Promise<void>;
  head(key: string): Promise<number | null>;
  get(key: string, file: string): Promise<void>;
  list(prefix: string): Promise<string[]>;
  remove(key: string): Promise<void>;
}

interface Call {
  method: string;
  key: string;
  query?: Record<string, string>;
  body?: { file: string; bytes: number; sha256: string };
  /** Takes the body of a 200; without it the body is answered as text. */
  target?: string;
}

interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const IDLE_MS = 60_000;
const TRIES = 3;
/** What one PUT may hold; more needs a multipart upload, which is not built. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

export function createS3(settings: S3Settings, options: { firstRetryMs?: number } = {}): S3 {
  const { firstRetryMs = 1000 } = options;
  const base =
    settings.endpoint !== null
      ? `${settings.endpoint}/${settings.bucket}`
      : `https://${settings.bucket}.s3.${settings.region}.amazonaws.com`;

  const once = async (call: Call): Promise<Reply> => {
    const url = new URL(`${base}/${call.key.split('/').map(encodeURIComponent).join('/')}`);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      method: call.method,
      url: url.href,
      headers: { 'X-Amz-Content-Sha256': call.body?.sha256 ?? EMPTY_SHA256 },
      accessKeyId: settings.accessKeyId,
      secretAccessKey: settings.secretAccessKey,
      ...(settings.sessionToken === null ? {} : { sessionToken: settings.sessionToken }),
      service: 's3',
      region: settings.region,
    });
    const signed = await signer.sign();
    const headers = Object.fromEntries(signed.headers.entries());
    if (call.body) headers['content-length'] = String(call.body.bytes);
    const request = (url.protocol === 'http:' ? plainRequest : tlsRequest)(url, { method: call.method, headers });
    request.setTimeout(IDLE_MS, () => request.destroy(new Error('no answer in 60 s')));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
    });
    if (call.body) {
      // A refusal closes the connection before all is sent; the answer says why.
      pipeline(createReadStream(call.body.file), request).catch(() => undefined);
    } else request.end();
    const response = await answered;
    if (call.target !== undefined && response.statusCode === 200) {
      await pipeline(response, createWriteStream(call.target, { mode: 0o600 }));
      return { status: 200, headers: response.headers, text: '' };
    }
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response as AsyncIterable<string>) text = (text + chunk).slice(0, 5_000_000);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  };

  const call = async (wanted: Call): Promise<Reply> => {
    const what = `${wanted.method} ${settings.bucket}/${wanted.key}`;
    let reason = '';
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, firstRetryMs * 4 ** (tries - 1)));
      let reply: Reply;
      try {
        reply = await once(wanted);
      } catch (error) {
        const { message, code } = error as NodeJS.ErrnoException;
        if (code === 'ENOSPC') throw new BackupError('DISK_FULL', `${what}: no space is left on the disk.`);
        reason = message || code || 'no reason given';
        continue;
      }
      if (reply.status < 500 && reply.status !== 429) return checked(what, wanted, reply);
      reason = `${reply.status} ${codeOf(reply.text)}`;
    }
    throw new BackupError('S3_UNAVAILABLE', `S3 does not answer, ${TRIES} times: ${what}: ${reason.trim()}.`);
  };

  const self: S3 = {
    async put(key, file, { bytes, sha256 }) {
      if (bytes > MAX_PUT_BYTES) {
        throw new BackupError('S3_FAILED', `${key} is larger than the 5 GB that one upload to S3 may have.`);
      }
      await call({ method: 'PUT', key, body: { file, bytes, sha256 } });
      const stored = await self.head(key);
      if (stored !== bytes) {
        throw new BackupError('S3_FAILED', `S3 holds ${stored ?? 'nothing'} instead of ${bytes} bytes of ${key}.`);
      }
    },
    async head(key) {
      const { status, headers } = await call({ method: 'HEAD', key });
      return status === 404 ? null : Number(headers['content-length']);
    },
    async get(key, file) {
      const { status } = await call({ method: 'GET', key, target: file });
      if (status === 404) throw new BackupError('NOT_FOUND', `S3 holds no ${key} in ${settings.bucket}.`);
    },
    async list(prefix) {
      const keys: string[] = [];
      let token: string | null = null;
      do {
        const query: Record<string, string> = { 'list-type': '2', prefix };
        if (token !== null) query['continuation-token'] = token;
        const { text } = await call({ method: 'GET', key: '', query });
        keys.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1] as string));
        token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1] ?? null;
      } while (token !== null);
      return keys;
    },
    async remove(key) {
      await call({ method: 'DELETE', key });
    },
  };
  return self;
}

const codeOf = (text: string): string => /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? '';

function checked(what: string, wanted: Call, reply: Reply): Reply {
  if (reply.status >= 200 && reply.status < 300) return reply;
  if (reply.status === 404 && wanted.method !== 'PUT' && wanted.key !== '') return reply;
  const reason = `${reply.status} ${codeOf(reply.text)}`.trim();
  if (reply.status === 401 || reply.status === 403) {
    throw new BackupError(
      'S3_FORBIDDEN',
      `S3 refuses ${what}: ${reason}. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's policy.`,
    );
  }
  throw new BackupError('S3_FAILED', `S3 refuses ${what}: ${reason}.`);
}
