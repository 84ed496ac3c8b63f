import { isIP } from 'node:net';
import { checkServerIdentity, connect, rootCertificates, type PeerCertificate } from 'node:tls';
import { check, type Check } from './check.js';

export interface TlsOptions {
  warnDays: number;
  now: Date;
  /** Trusted beside those that Node trusts: of a private authority. */
  ca?: string | null;
  timeoutMs?: number;
}

const FAIL_DAYS = 7;
const DAY_MS = 86_400_000;

/** Reads the certificate that a host really serves: whether it names the host, and when it ends. `host` or `host:port`. */
export function checkTls(host: string, options: TlsOptions): Promise<Check> {
  return check(`TLS ${host}`, async () => {
    const { certificate, name, authorized, reason } = await readCertificate(host, options);
    const until = new Date(certificate.valid_to);
    const days = Math.floor((until.getTime() - options.now.getTime()) / DAY_MS);
    const date = until.toISOString().slice(0, 10);
    const mismatch = checkServerIdentity(name, certificate);
    if (mismatch)
      return {
        state: 'failure',
        detail: `the certificate does not name it: ${certificate.subjectaltname ?? 'no names'}.`,
      };
    if (days < 0) return { state: 'failure', detail: `the certificate ended on ${date}.` };
    if (days < FAIL_DAYS) return { state: 'failure', detail: `the certificate ends in ${days} days, on ${date}.` };
    if (!authorized) return { state: 'failure', detail: `browsers do not trust the certificate: ${reason}.` };
    const state = days < options.warnDays ? 'warning' : 'ok';
    return { state, detail: `the certificate ends in ${days} days, on ${date}.` };
  });
}

interface Served {
  certificate: PeerCertificate;
  name: string;
  authorized: boolean;
  reason: string;
}

function readCertificate(host: string, options: TlsOptions): Promise<Served> {
  const { ca = null, timeoutMs = 10_000 } = options;
  const [name = host, port = '443'] = host.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: name,
      port: Number(port),
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
      // What is wrong is told by the check, so the connection is made in any case; nothing is sent over it.
      rejectUnauthorized: false,
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer in ${timeoutMs / 1000} s.`)));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`it cannot be reached: ${error.message || error.code}`)),
    );
    socket.once('secureConnect', () => {
      const { authorized, authorizationError } = socket;
      resolve({ certificate: socket.getPeerCertificate(), name, authorized, reason: String(authorizationError) });
      socket.end();
    });
  });
}
