import type { Role } from '../kernel/viewer.js';

/** Everything that can be granted, to roles and to API keys alike, with what it opens. */
export const SCOPES = {
  'catalog:read': 'Products, categories and stock.',
  'catalog:write': 'Change products.',
  'catalog:cost': 'Cost prices.',
  'catalog:active': 'Everything for sale, in stock or not, priced for consumers or not.',
  'catalog:all': 'Archived and inactive products too.',
  'prices:all': 'All price lists and the history of prices.',
  'prices:write': 'Make price lists and set prices.',
  'stock:read': 'Stock by warehouse and the ledger of movements, of the warehouses that one keeps.',
  'stock:all': 'Stock of all warehouses.',
  'stock:write': 'Adjust and transfer stock.',
  'organisation:read': 'Branches, warehouses, taxes and exchange rates.',
  'organisation:write': 'Make warehouses and record exchange rates.',
  'customers:read': 'Customers, as far as they are one’s own.',
  'customers:all': 'All customers.',
  'customers:write': 'Make, change, archive and merge customers.',
  'export:run': 'Write connections to files, as far as one sees them.',
  'sync:read': 'Queue, inbox and runs.',
  'sync:run': 'Start and cancel runs, retry and discard.',
  'sync:ingest': 'Bring webhooks in through the bridge.',
  'deploy:read': 'Deployments.',
  'deploy:write': 'Start deployments and record their status.',
  'users:read': 'People.',
  'users:manage': 'Invite people, set their role, end their access.',
  'keys:manage': 'Make and revoke API keys.',
  'audit:read': 'Who changed what.',
  'ops:read': 'Details of health and metrics.',
} as const;
export type Scope = keyof typeof SCOPES;

const ALL = Object.keys(SCOPES) as Scope[];
const CONSUMER: readonly Scope[] = ['catalog:read'];
const CLIENT: readonly Scope[] = [...CONSUMER, 'catalog:active'];
const STAFF: readonly Scope[] = [...CLIENT, 'catalog:all', 'prices:all', 'organisation:read'];
const DESK: readonly Scope[] = [...STAFF, 'export:run', 'stock:read', 'stock:all', 'customers:read', 'customers:all'];

/**
 * Deny by default: a role has what stands here and nothing more. Cost prices are hidden from clients and salespersons.
 * Who has `customers:read` without `customers:all` sees their own customers: those they look after, or the one they are.
 */
export const ROLE_PERMISSIONS: Record<Role, readonly Scope[]> = {
  OWNER: ALL,
  ADMIN: ALL,
  MANAGER: [
    ...DESK,
    'catalog:write',
    'catalog:cost',
    'prices:write',
    'stock:write',
    'customers:write',
    'sync:read',
    'deploy:read',
    'users:read',
    'audit:read',
  ],
  ACCOUNTANT: [...DESK, 'catalog:cost', 'customers:write', 'organisation:write', 'sync:read', 'audit:read'],
  INVENTORY: [...STAFF, 'catalog:write', 'catalog:cost', 'stock:read', 'stock:write', 'sync:read'],
  SALESPERSON: [...STAFF, 'customers:read'],
  CASHIER: [...STAFF, 'customers:read', 'customers:all'],
  PARTNER: [...CLIENT, 'customers:read'],
  WHOLESALE_CLIENT: [...CLIENT, 'customers:read'],
  CONSUMER,
  VIEWER: [...DESK, 'sync:read', 'deploy:read', 'ops:read'],
};

export const permissionsOf = (role: Role): ReadonlySet<string> => new Set(ROLE_PERMISSIONS[role]);

export const isScope = (value: string): value is Scope => value in SCOPES;
