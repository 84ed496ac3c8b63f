import { AppError } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import type { UserSnapshot } from '../../identity/reported-user.service.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { idOf, nonEmpty, rowsOf, textOf, ValueReader } from './zoho-values.js';

/** A Zoho user as it came; every field may be missing or odd. */
export type ZohoUser = Record<string, unknown> & { user_id: string };

const MAX_NAME = 100;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

function parse(record: Record<string, unknown>): Parsed<ZohoUser> {
  const remoteId = idOf(record['user_id']);
  if (remoteId === null) throw new AppError('BAD_PAYLOAD', msg`The body has no ${'user_id'}.`, { field: 'user_id' });
  // Zoho keeps no time of a user's last change.
  return { remote: { ...record, user_id: remoteId }, remoteId, modifiedAt: null, whole: false };
}

/** A row of the list has one address, the record itself a list of them. */
function addressOf(user: ZohoUser): string | undefined {
  const all = rowsOf(user['email_ids']);
  const chosen = all.find((one) => one['is_selected'] === true) ?? all[0];
  return nonEmpty(user['email']) ?? nonEmpty(chosen?.['email']);
}

function toSnapshot(user: ZohoUser): Mapped<UserSnapshot> {
  const reader = new ValueReader(user);
  const email = addressOf(user);
  const usable = email !== undefined && EMAIL.test(email);
  if (email === undefined) reader.missing('email');
  else if (!usable) reader.odd('email');
  const name = textOf(user['name'], MAX_NAME) ?? undefined;
  if (name === undefined) reader.missing('name');
  const { status } = user;
  // Whoever has not answered Zoho's own invitation is still one of the company.
  const active = status === undefined || status === 'active' || status === 'invited';
  const snapshot = { externalRef: user.user_id, name, email: usable ? email.toLowerCase() : undefined, active };
  return { snapshot, warnings: reader.warnings };
}

export const userMapper = { parse, toSnapshot };
