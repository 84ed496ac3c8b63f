import { AuditEntry } from '../platform/db/audit.entity.js';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { ApiKey } from './api-key.entity.js';
import { SessionInfo } from './session-info.js';
import { SignUp } from './sign-up.entity.js';
import { User } from './user.entity.js';

export const UserSort = sortOf(User, ['createdAt', 'name', 'email']);
export const UserFilter = filterOf(User, ['email', 'name', 'role', 'active', 'createdAt']);

export const ApiKeySort = sortOf(ApiKey, ['createdAt', 'name']);
export const ApiKeyFilter = filterOf(ApiKey, ['name', 'createdAt', 'expiresAt', 'lastUsedAt', 'revokedAt']);

export const AuditEntrySort = sortOf(AuditEntry, ['at']);
export const AuditEntryFilter = filterOf(AuditEntry, [
  'at',
  'actor',
  'origin',
  'entityType',
  'entityId',
  'action',
  'requestId',
]);

export const SessionSort = sortOf(SessionInfo, ['createdAt']);
export const SessionFilter = filterOf(SessionInfo, ['createdAt', 'expiresAt', 'endedAt', 'endReason']);

export const SignUpSort = sortOf(SignUp, ['createdAt']);
export const SignUpFilter = filterOf(SignUp, ['email', 'name', 'createdAt', 'expiresAt']);
