import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { nowMs } from '../kernel/clock.js';

export interface Device {
  id: string;
  userId: string;
}

/** Values derived from the server's secret, which can be computed again and need not be stored. */
export interface KeyedHashes {
  /**
   * The refresh token that follows another one. The same token always has the same successor, so two tabs that refresh
   * at once and a retry after a lost answer hold one valid pair, and nothing secret is kept for it.
   */
  successorOf(refreshToken: string): string;
  /** What throttles store instead of an e-mail address or a network. */
  fingerprint(text: string): string;
  /** For a client that has just signed in: shows later that this device belongs to the user. */
  issueDevice(device: { id: string | null; userId: string }): string;
  /** Null for anything that is no valid device token of ours. */
  readDevice(token: string | null): Device | null;
}

const DEVICE_MS = 90 * 86_400_000;
const PREFIX = 'tshd_';

export function createKeyedHashes(secret: string): KeyedHashes {
  const macUnder = (purpose: string): ((text: string) => Buffer) => {
    const key = Buffer.from(hkdfSync('sha256', secret, '', `tsh-erp ${purpose}`, 32));
    return (text) => createHmac('sha256', key).update(text).digest();
  };
  const refresh = macUnder('refresh');
  const print = macUnder('fingerprint');
  const device = macUnder('device');
  return {
    successorOf: (refreshToken) => `tshr_${refresh(refreshToken).toString('base64url')}`,
    fingerprint: (text) => print(text).subarray(0, 16).toString('hex'),
    issueDevice({ id, userId }) {
      const body = [id ?? randomBytes(9).toString('base64url'), userId, nowMs() + DEVICE_MS].join('.');
      return `${PREFIX}${body}.${device(body).toString('base64url')}`;
    },
    readDevice(token) {
      if (!token?.startsWith(PREFIX) || token.length > 200) return null;
      const end = token.lastIndexOf('.');
      const body = token.slice(PREFIX.length, end);
      const given = Buffer.from(token.slice(end + 1), 'base64url');
      const right = device(body);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
      const [id = '', userId = '', until = '0'] = body.split('.');
      return Number(until) > nowMs() ? { id, userId } : null;
    },
  };
}
