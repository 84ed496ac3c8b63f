import { AuditEntry } from '../platform/db/audit.entity.js';
import { permission, type Module } from '../platform/module.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyResolver, AuditResolver, SessionResolver, UserResolver } from './identity.resolver.js';
import { RefreshToken, Session } from './session.entity.js';
import { User } from './user.entity.js';

/**
 * Identity: who is calling, and what they may do.
 *
 * - A role or a key is a set of permissions (permissions.ts); decisions never look at the role's name.
 * - Passwords are argon2id hashes; refresh tokens and keys are kept as hashes; a refresh token works once.
 * - A session that ends takes its sockets and cached viewers with it, through the event log, in every process.
 * - Everybody may sign in and refresh; the rest needs a permission of this table.
 */
export const identityModule: Module = {
  name: 'identity',
  entities: [User, Session, RefreshToken, ApiKey, AuditEntry],
  unaudited: [RefreshToken, AuditEntry],
  resolvers: [SessionResolver, UserResolver, ApiKeyResolver, AuditResolver],
  permissions: {
    'Query.me': 'signed-in',
    'Mutation.signIn': 'public',
    'Mutation.refreshSession': 'public',
    'Mutation.signOut': 'signed-in',
    'Query.users': permission('users:read'),
    'Query.apiKeys': permission('keys:manage'),
    'Mutation.createApiKey': permission('keys:manage'),
    'Mutation.revokeApiKey': permission('keys:manage'),
    'Query.auditLog': permission('audit:read'),
  },
};
