import { AuditEntry } from '../platform/db/audit.entity.js';
import { permission, type Module } from '../platform/module.js';
import { UserAccessResolver } from './user-access.resolver.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyResolver, AuditResolver, SessionResolver, UserResolver } from './identity.resolver.js';
import { KnownNetwork } from './known-network.entity.js';
import { OneTimeLink } from './one-time-link.entity.js';
import { identityParts } from './identity-parts.js';
import { identityRetention } from './prune.queries.js';
import { RefreshToken, Session } from './session.entity.js';
import { SignUp } from './sign-up.entity.js';
import { SignInThrottleRow } from './throttle.entity.js';
import { User } from './user.entity.js';

/**
 * Identity: who is calling, and what they may do.
 *
 * - A role or a key is a set of permissions (permissions.ts); decisions never look at the role's name.
 * - Passwords are argon2id hashes; refresh tokens and keys are kept as hashes; a refresh token works once, and for 45 s
 *   more it answers the same successor.
 * - Failed sign-ins lead to delays, never to a lock (throttle.ts); they leave a bounded trace in the audit log.
 * - Only an owner touches owners: owners:manage is theirs alone.
 * - A session that ends takes its sockets and cached viewers with it, through the event log, in every process.
 * - People are invited by a link that works once; nobody gives a role that may more than they may; one owner stays.
 * - A sign-up occupies no address before somebody has redeemed the link that went there.
 * - Everybody may sign in, sign up as a consumer, refresh and redeem a link; the rest needs a permission of this table.
 */
export const identityModule: Module = {
  name: 'identity',
  entities: [User, Session, RefreshToken, KnownNetwork, OneTimeLink, SignUp, ApiKey, AuditEntry, SignInThrottleRow],
  unaudited: [RefreshToken, KnownNetwork, SignUp, AuditEntry],
  resolvers: [SessionResolver, UserAccessResolver, UserResolver, ApiKeyResolver, AuditResolver],
  permissions: {
    'Query.me': 'signed-in',
    'Mutation.signIn': 'public',
    'Mutation.refreshSession': 'public',
    'Mutation.signOut': 'signed-in',
    'Mutation.signUp': 'public',
    'Mutation.redeemLink': 'public',
    'Mutation.changePassword': 'signed-in',
    'Query.sessions': 'signed-in',
    'Mutation.revokeSession': 'signed-in',
    'Query.users': permission('users:read'),
    'Query.user': permission('users:read'),
    'Query.signUps': permission('users:manage'),
    'Mutation.inviteUser': permission('users:manage'),
    'Mutation.createPasswordReset': permission('users:manage'),
    'Mutation.updateUser': permission('users:manage'),
    'Query.apiKeys': permission('keys:manage'),
    'Query.apiKey': permission('keys:manage'),
    'Mutation.createApiKey': permission('keys:manage'),
    'Mutation.revokeApiKey': permission('keys:manage'),
    'Query.auditLog': permission('audit:read'),
  },
  services: identityParts,
  retention: identityRetention,
};
