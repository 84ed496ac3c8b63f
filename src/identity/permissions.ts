import type { Role } from '../kernel/viewer.js';

/** Everything that can be granted, to roles and to API keys alike, with what it opens. */
export const SCOPES = {
  'catalog:read': 'Products, categories and stock.',
  'catalog:write': 'Change products.',
  'catalog:cost': 'Cost prices.',
  'catalog:all': 'Archived and inactive products too.',
  'sync:read': 'Queue, inbox and runs.',
  'sync:run': 'Start and cancel runs, retry and discard.',
  'sync:ingest': 'Bring webhooks in through the bridge.',
  'deploy:read': 'Deployments.',
  'deploy:write': 'Start deployments and record their status.',
  'users:read': 'People.',
  'keys:manage': 'Make and revoke API keys.',
  'audit:read': 'Who changed what.',
  'ops:read': 'Details of health and metrics.',
} as const;
export type Scope = keyof typeof SCOPES;

const ALL = Object.keys(SCOPES) as Scope[];
const CLIENT: readonly Scope[] = ['catalog:read'];
const STAFF: readonly Scope[] = ['catalog:read', 'catalog:all'];

/** Deny by default: a role has what stands here and nothing more. Cost prices are hidden from clients and salespersons. */
export const ROLE_PERMISSIONS: Record<Role, readonly Scope[]> = {
  OWNER: ALL,
  ADMIN: ALL,
  MANAGER: [...STAFF, 'catalog:write', 'catalog:cost', 'sync:read', 'deploy:read', 'users:read', 'audit:read'],
  ACCOUNTANT: [...STAFF, 'catalog:cost', 'sync:read', 'audit:read'],
  INVENTORY: [...STAFF, 'catalog:write', 'catalog:cost', 'sync:read'],
  SALESPERSON: STAFF,
  CASHIER: STAFF,
  PARTNER: CLIENT,
  WHOLESALE_CLIENT: CLIENT,
  CONSUMER: CLIENT,
  VIEWER: [...STAFF, 'sync:read', 'deploy:read', 'ops:read'],
};

export const permissionsOf = (role: Role): ReadonlySet<string> => new Set(ROLE_PERMISSIONS[role]);

export const isScope = (value: string): value is Scope => value in SCOPES;
