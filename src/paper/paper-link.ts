import { assertCurrency } from '../kernel/document-values.js';
import { isBusinessDate } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { isCurrency } from '../kernel/money.js';
import { msg } from '../kernel/message.js';
import type { Period } from './code.js';
import { kindOfSlug, type PaperKind, slugOf } from './kinds.js';
import type { PaperRequest } from './print-paper.js';

/** The address of a paper, always written in the same way, because links to it are signed. */
export function paperPath({ kind, id, language, period }: PaperRequest): string {
  const query = new URLSearchParams({ language });
  if (period) {
    query.set('currency', period.currency);
    if (period.from !== null) query.set('from', period.from);
    query.set('to', period.to);
  }
  return `/paper/${slugOf(kind)}/${id.toLowerCase()}?${query.toString()}`;
}

type Query = Readonly<Record<string, unknown>>;

/** What an address asks for; null when there is no such paper. */
export function readPaperPath(slug: string, id: string, query: Query): PaperRequest | null {
  const kind = kindOfSlug(slug);
  const { language } = query;
  if (kind === null || !isId(id) || (language !== 'ar' && language !== 'en')) return null;
  if (kind !== 'CUSTOMER_STATEMENT') return { kind, id, language, period: null };
  const { currency, from = null, to } = query;
  if (typeof currency !== 'string' || !isCurrency(currency) || !isDay(to) || !(from === null || isDay(from)))
    return null;
  return { kind, id, language, period: { currency, from, to } };
}

const isDay = (value: unknown): value is string => typeof value === 'string' && isBusinessDate(value);

/** The period of a statement as it was asked for; none for other papers. Throws BAD_INPUT. */
export function periodOf(
  kind: PaperKind,
  period: { currency: string; from?: string | null; to?: string | null } | null,
  today: string,
): Period | null {
  if (kind !== 'CUSTOMER_STATEMENT') return null;
  if (period === null) throw badInput('statement', msg`Say the currency of the statement.`);
  const { currency, from = null, to } = period;
  assertCurrency(currency);
  const end = to ?? today;
  if (from !== null && from > end) throw badInput('statement.from', msg`The period ends before it begins.`);
  return { currency, from, to: end };
}
