import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isId } from '../kernel/ids.js';
import { PAPER_KINDS, type PaperKind } from './kinds.js';

/** Which paper: a document, or the statement of a customer over a period. */
export interface Subject {
  kind: PaperKind;
  id: string;
  period: Period | null;
}

export interface Period {
  currency: string;
  from: string | null;
  to: string;
}

/** What the code on a paper says: of which document it is, and what the document said then. */
export interface Claim extends Subject {
  digest: string;
}

/** A kind keeps its letter for ever: it stands on papers. */
const LETTERS: Readonly<Record<PaperKind, string>> = {
  INVOICE: 'I',
  SALE_RECEIPT: 'R',
  CREDIT_NOTE: 'C',
  PAYMENT_RECEIPT: 'P',
  ORDER: 'O',
  DELIVERY_NOTE: 'D',
  CUSTOMER_STATEMENT: 'S',
  PAYMENT_VOUCHER: 'V',
};

const MAC_BYTES = 16;
const DIGEST_BYTES = 9;

/**
 * The key of the codes. Of ENCRYPTION_KEY, because papers live for years: the key of sign-ins may be replaced whenever
 * somebody saw it.
 */
export const codeKey = (encryptionKey: string): Buffer =>
  createHmac('sha256', encryptionKey).update('codes on paper').digest();

const macOf = (key: Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest().subarray(0, MAC_BYTES);

/** What a document says, as a few letters: changed as soon as one of the parts is. */
export const digestOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, DIGEST_BYTES).toString('base64url');

const bytesOfId = (id: string): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

function idOfBytes(text: string): string | null {
  const hex = Buffer.from(text, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isId(id) && bytesOfId(id) === text ? id : null;
}

const plainDay = (day: string | null): string => day?.replaceAll('-', '') ?? '';
const DAY = /^(\d{4})(\d{2})(\d{2})$/;
const dayOf = (text: string): string | null => (DAY.test(text) ? text.replace(DAY, '$1-$2-$3') : null);

/** A code of about 60 letters: kind, id, period, digest, signature. */
export function writeCode(key: Buffer, { kind, id, period, digest }: Claim): string {
  const span = period ? `${period.currency}-${plainDay(period.from)}-${plainDay(period.to)}` : '';
  const text = [LETTERS[kind], bytesOfId(id), span, digest].join('.');
  return `${text}.${macOf(key, text).toString('base64url')}`;
}

/** What a code says; null when it is none of ours. The signature is compared in constant time, before anything is read. */
export function readCode(key: Buffer, code: string): Claim | null {
  const at = code.lastIndexOf('.');
  if (at < 0 || code.length > 200) return null;
  const text = code.slice(0, at);
  const given = Buffer.from(code.slice(at + 1), 'base64url');
  const expected = macOf(key, text);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const [letter, idText = '', span = '', digest = ''] = text.split('.');
  const kind = PAPER_KINDS.find((one) => LETTERS[one] === letter);
  const id = idOfBytes(idText);
  if (kind === undefined || id === null) return null;
  if (span === '') return { kind, id, period: null, digest };
  const [currency = '', from = '', to = ''] = span.split('-');
  const end = dayOf(to);
  return end === null ? null : { kind, id, period: { currency, from: dayOf(from), to: end }, digest };
}
