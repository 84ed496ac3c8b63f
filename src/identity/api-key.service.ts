import { fromMs, now, nowMs } from '../kernel/clock.js';
import { badInput, forbidden, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { isScope } from '../kernel/scopes.js';
import { can, type Viewer } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { ApiKey } from './api-key.entity.js';
import { apiKeyRevoked } from './identity.events.js';
import { isPlainText } from './user.service.js';
import { hashSecret, newSecret } from './tokens.js';
import { msg } from '../kernel/message.js';

export const API_KEY_PREFIX = 'tsh';

export interface NewApiKey {
  name: string;
  scopes: readonly string[];
  expiresAt: Date | null;
}

/** Makes a key; the secret is answered here and never again. Nobody grants more than they have. */
export function createApiKey(tx: Tx, viewer: Viewer, input: NewApiKey): { id: string; secret: string } {
  const name = input.name.trim();
  if (name === '' || name.length > 100 || !isPlainText(name))
    throw badInput('name', msg`Give a name of 1 to 100 characters.`);
  if (input.scopes.length === 0) throw badInput('scopes', msg`Give at least one scope.`);
  const unknown = input.scopes.find((scope) => !isScope(scope));
  const scopes = input.scopes.filter(isScope);
  if (unknown !== undefined) throw badInput('scopes', msg`Unknown scope ${unknown.slice(0, 50)}.`);
  if (input.scopes.includes('owners:manage')) throw badInput('scopes', msg`A key never touches owners.`);
  const beyond = scopes.find((scope) => !can(viewer, scope));
  if (beyond !== undefined) throw forbidden(msg`You cannot grant ${beyond}, which you do not have.`);
  if (input.expiresAt && input.expiresAt.getTime() <= nowMs()) throw badInput('expiresAt', msg`It is in the past.`);
  const secret = newSecret(API_KEY_PREFIX);
  const key = tx.em.create(ApiKey, {
    id: newId(),
    name,
    keyHash: hashSecret(secret),
    scopes: [...new Set(scopes)],
    createdBy: viewer.kind === 'user' ? viewer.userId : null,
    createdAt: now(),
    expiresAt: input.expiresAt ? fromMs(input.expiresAt.getTime()) : null,
  });
  return { id: key.id, secret };
}

/** Again is a no-op. Throws NOT_FOUND. */
export async function revokeApiKey(tx: Tx, id: string): Promise<void> {
  const key = isId(id) ? await tx.em.findOne(ApiKey, { id }) : null;
  if (!key) throw notFound('API key', id);
  if (key.revokedAt) return;
  key.revokedAt = now();
  tx.emit(apiKeyRevoked(id, {}));
}
