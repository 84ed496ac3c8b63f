import { createHmac, timingSafeEqual } from 'node:crypto';
import { nowMs } from '../kernel/clock.js';

/**
 * Links that carry their own permission for a while, so that a browser can show an image without a token. Equal within an
 * hour, so that it is fetched once; good for a day.
 */
const STEP_MS = 3_600_000;
const LIFE_MS = 24 * STEP_MS;

const macOf = (secret: string, path: string, untilMs: number): Buffer =>
  createHmac('sha256', `signed-link:${secret}`).update(`${path}\n${untilMs}`).digest();

const aDay = (): number => Math.ceil(nowMs() / STEP_MS) * STEP_MS + LIFE_MS;

/** `path` with its end, a day from now unless said otherwise, and signature as query parameters. */
export function signLink(secret: string, path: string, untilMs = aDay()): string {
  const signature = macOf(secret, path, untilMs).toString('base64url');
  return `${path}${path.includes('?') ? '&' : '?'}until=${untilMs}&signature=${signature}`;
}

/** Whether the link to exactly this path is signed and not too old. Constant in time. */
export function isSignedLink(secret: string, path: string, until: unknown, signature: unknown): boolean {
  if (typeof until !== 'string' || typeof signature !== 'string' || !/^\d{13}$/.test(until)) return false;
  const given = Buffer.from(signature, 'base64url');
  const expected = macOf(secret, path, Number(until));
  return given.length === expected.length && timingSafeEqual(given, expected) && Number(until) > nowMs();
}
