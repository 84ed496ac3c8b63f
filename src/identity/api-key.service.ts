import { fromMs, now, nowMs } from '../kernel/clock.js';
import { badInput, forbidden, notFound } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { isScope } from '../kernel/scopes.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { defineCommand } from '../platform/command.js';
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

const MAX_NAME = 100;

/** Makes a key; the secret is answered here and never again. Nobody grants more than they have: FORBIDDEN. */
export const createApiKey = defineCommand(
  ['BAD_INPUT'],
  (tx: Tx, viewer: Viewer, input: NewApiKey): { id: string; secret: string } => {
    const name = input.name.trim();
    assertAll(
      () => {
        if (name !== '' && name.length <= MAX_NAME && isPlainText(name)) return;
        throw badInput('name', msg`A name has 1 to ${MAX_NAME} characters.`);
      },
      () => assertGrantableScopes(viewer, input.scopes),
      () => {
        if (input.expiresAt && input.expiresAt.getTime() <= nowMs()) {
          throw badInput('expiresAt', msg`It is in the past.`);
        }
      },
    );
    const secret = newSecret(API_KEY_PREFIX);
    const key = tx.em.create(ApiKey, {
      id: newId(),
      name,
      keyHash: hashSecret(secret),
      scopes: [...new Set(input.scopes)],
      createdBy: viewer.kind === 'user' ? viewer.userId : null,
      createdAt: now(),
      expiresAt: input.expiresAt ? fromMs(input.expiresAt.getTime()) : null,
    });
    return { id: key.id, secret };
  },
);

function assertGrantableScopes(viewer: Viewer, scopes: readonly string[]): void {
  if (scopes.length === 0) throw badInput('scopes', msg`Give at least one scope.`);
  mapAll(scopes, (scope) => {
    if (!isScope(scope)) throw badInput('scopes', msg`Unknown scope ${scope.slice(0, 50)}.`);
    if (scope === 'owners:manage') throw badInput('scopes', msg`A key never touches owners.`);
    if (!can(viewer, scope)) throw forbidden(msg`You cannot grant ${scope}, which you do not have.`);
  });
}

/** Again is a no-op. */
export const revokeApiKey = defineCommand(['NOT_FOUND'], async (tx: Tx, id: string): Promise<void> => {
  const key = isId(id) ? await tx.em.findOne(ApiKey, { id }) : null;
  if (!key) throw notFound('API key', id);
  if (key.revokedAt) return;
  key.revokedAt = now();
  tx.emit(apiKeyRevoked(id, {}));
});
