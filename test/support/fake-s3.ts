import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Plays S3 for one bucket and, unlike the fakes one can install, verifies the signature of every request: a wrong secret,
 * a changed header or a body that is not the signed one gets 403, as it would from Amazon.
 */
export interface FakeS3 {
  url: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  objects: Map<string, Buffer>;
  requests: string[];
  /** Answers every request with this status while it is set. */
  failWith: number | null;
  /** Stores only this many bytes of a PUT, and says 200. */
  cutTo: number | null;
  /** AWS settings for a client of it. */
  env: Record<string, string>;
  close(): Promise<void>;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Signature Version 4, written from its specification and not from the client's library. */
function isSigned(request: IncomingMessage, body: Buffer, key: { id: string; secret: string }): boolean {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (!match) return false;
  const [, id, day, region, names, signature] = match as unknown as [string, string, string, string, string, string];
  const at = String(request.headers['x-amz-date']);
  const hash = String(request.headers['x-amz-content-sha256']);
  const signedNames = names.split(';');
  if (id !== key.id || !at.startsWith(day) || !signedNames.includes('host') || hash !== sha256(body)) return false;
  if (!signedNames.includes('x-amz-date') || !signedNames.includes('x-amz-content-sha256')) return false;
  const url = new URL(request.url ?? '/', 'http://any');
  const canonical = [
    request.method,
    decodeURIComponent(url.pathname).split('/').map(encode).join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...signedNames.map((name) => `${name}:${String(request.headers[name]).trim().replace(/\s+/g, ' ')}`),
    '',
    names,
    hash,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const signing = hmac(hmac(hmac(hmac(`AWS4${key.secret}`, day), region), 's3'), 'aws4_request');
  const expected = hmac(signing, ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n'));
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

export async function startFakeS3(): Promise<FakeS3> {
  const fake: FakeS3 = {
    url: '',
    bucket: 'tsh-backups',
    accessKeyId: 'TESTKEYID',
    secretAccessKey: 'test/secret+of/the=fake',
    objects: new Map(),
    requests: [],
    failWith: null,
    cutTo: null,
    env: {},
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const url = new URL(request.url ?? '/', 'http://any');
      const key = decodeURIComponent(url.pathname).slice(`/${fake.bucket}/`.length);
      fake.requests.push(`${request.method} ${key}${url.search}`);
      const refuse = (status: number, code: string): void => {
        response.writeHead(status).end(request.method === 'HEAD' ? '' : `<Error><Code>${code}</Code></Error>`);
      };
      if (fake.failWith !== null) return refuse(fake.failWith, 'InternalError');
      if (!isSigned(request, body, { id: fake.accessKeyId, secret: fake.secretAccessKey })) {
        return refuse(403, 'SignatureDoesNotMatch');
      }
      if (!url.pathname.startsWith(`/${fake.bucket}/`)) return refuse(404, 'NoSuchBucket');
      const stored = fake.objects.get(key);
      if (request.method === 'PUT') {
        if (request.headers['content-length'] === undefined) return refuse(411, 'MissingContentLength');
        fake.objects.set(key, fake.cutTo === null ? body : body.subarray(0, fake.cutTo));
        return void response.writeHead(200).end();
      }
      if (request.method === 'DELETE') {
        fake.objects.delete(key);
        return void response.writeHead(204).end();
      }
      if (url.searchParams.get('list-type') === '2') return void response.writeHead(200).end(listing(url));
      if (!stored) return refuse(404, 'NoSuchKey');
      response.writeHead(200, { 'Content-Length': stored.length }).end(request.method === 'HEAD' ? undefined : stored);
    });
  });

  /** Two keys a page, so that whoever lists has to go on. */
  function listing(url: URL): string {
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = url.searchParams.get('continuation-token') ?? '';
    const keys = [...fake.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, 2);
    const more = keys.length > 2 ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return `<ListBucketResult>${page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}${more}</ListBucketResult>`;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  fake.env = {
    AWS_S3_ENDPOINT: fake.url,
    AWS_S3_BUCKET: fake.bucket,
    AWS_ACCESS_KEY_ID: fake.accessKeyId,
    AWS_SECRET_ACCESS_KEY: fake.secretAccessKey,
    AWS_REGION: 'eu-north-1',
  };
  return fake;
}
