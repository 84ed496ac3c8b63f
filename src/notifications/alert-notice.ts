import type { Notice, NoticeKind } from '../kernel/notices.js';
import type { LoggedEvent } from '../platform/events.js';

const KINDS: Partial<Record<string, NoticeKind>> = {
  opened: 'alert-opened',
  escalated: 'alert-escalated',
  recovered: 'alert-recovered',
};

const RULES: Partial<Record<string, string>> = {
  pending: 'records wait',
  errorPercent: '% of the tries fail',
  dead: 'dead records',
  lagMinutes: 'minutes is the age of the oldest record',
  workerSilent: 'no worker gives a sign of life',
  tokenInvalid: 'Zoho refuses our credentials',
};

/** The notice of an alert of the sync: one for each of its changes. Null for a change that this release does not know. */
export function alertNotice({ data }: Pick<LoggedEvent, 'data'>, environment: string): Notice | null {
  const kind = KINDS[String(data['change'])];
  const [rule, measured] = [String(data['rule']), Number(data['measured'])];
  if (!kind) return null;
  const figure = Number.isInteger(measured) ? String(measured) : measured.toFixed(1);
  const isFigure = rule !== 'workerSilent' && rule !== 'tokenInvalid';
  const detail = `${isFigure ? `${figure} ` : ''}${RULES[rule] ?? rule} (${String(data['level'])})`;
  return { kind, environment, detail };
}
