import { badInput, forbidden } from '../kernel/errors.js';
import { SCOPES, type Scope } from '../kernel/scopes.js';
import { can, ROLES, type Role, type Viewer } from '../kernel/viewer.js';
import { msg } from '../kernel/message.js';

const ALL = Object.keys(SCOPES) as Scope[];
const CONSUMER: readonly Scope[] = ['catalog:read', 'orders:read'];
const SELL: readonly Scope[] = ['orders:place', 'orders:write', 'orders:ship', 'invoices:write', 'payments:write'];
const BUY: readonly Scope[] = ['purchasing:read', 'purchasing:write', 'purchasing:receive'];
const BOOKS: readonly Scope[] = [
  'till:use',
  'till:all',
  'invoices:free',
  'payments:void',
  'credit:override',
  'orders:approve',
  'prices:override',
  'cash:use',
  'cash:all',
  'cash:approve',
];
const CLIENT: readonly Scope[] = [...CONSUMER, 'catalog:active'];
const STAFF: readonly Scope[] = [
  ...CLIENT,
  'catalog:all',
  'prices:all',
  'organisation:read',
  'schema:read',
  'notes:read',
];
const DESK: readonly Scope[] = [
  ...STAFF,
  'export:run',
  'stock:read',
  'stock:all',
  'customers:read',
  'customers:all',
  'orders:all',
  'reports:read',
];

/**
 * Deny by default: a role has what stands here and nothing more. Cost prices are hidden from clients and salespersons.
 * Whoever has `customers:read` without `customers:all` sees only their own customers: those they look after, or the one
 * they sign in for.
 */
export const ROLE_PERMISSIONS: Record<Role, readonly Scope[]> = {
  OWNER: ALL,
  ADMIN: ALL.filter((scope) => scope !== 'owners:manage' && scope !== 'books:reopen'),
  MANAGER: [
    ...DESK,
    ...BUY,
    ...SELL,
    ...BOOKS,
    'catalog:write',
    'catalog:cost',
    'prices:write',
    'stock:write',
    'customers:write',
    'sync:read',
    'sync:payload',
    'deploy:read',
    'users:read',
    'audit:read',
    'ledger:read',
  ],
  ACCOUNTANT: [
    ...DESK,
    ...BUY,
    'purchasing:pay',
    ...SELL,
    ...BOOKS,
    'ledger:read',
    'ledger:write',
    'books:close',
    'cash:write',
    'catalog:cost',
    'customers:write',
    'organisation:write',
    'sync:read',
    'audit:read',
  ],
  INVENTORY: [
    ...STAFF,
    'orders:all',
    'orders:ship',
    'purchasing:read',
    'purchasing:receive',
    'catalog:write',
    'catalog:cost',
    'stock:read',
    'stock:write',
    'sync:read',
  ],
  SALESPERSON: [...STAFF, ...SELL, 'cash:use', 'customers:read', 'reports:read'],
  CASHIER: [...STAFF, 'till:use', 'cash:use', ...SELL, 'customers:read', 'customers:all', 'orders:all'],
  PARTNER: [...CLIENT, 'schema:read', 'customers:read', 'orders:place', 'orders:write'],
  WHOLESALE_CLIENT: [...CLIENT, 'customers:read', 'orders:place'],
  CONSUMER: [...CONSUMER, 'orders:place'],
  VIEWER: [...DESK, 'sync:read', 'deploy:read', 'ops:read'],
};

export const permissionsOf = (role: Role): ReadonlySet<string> => new Set(ROLE_PERMISSIONS[role]);

/**
 * Nobody can give a role with more permissions than their own, or change a user who has one. Only an owner holds
 * owners:manage, so only an owner touches owners.
 */
export function assertGrantable(viewer: Viewer, role: Role): void {
  if (!ROLES.includes(role)) throw badInput('role', msg`There is no such role.`);
  const beyond = ROLE_PERMISSIONS[role].find((scope) => !can(viewer, scope));
  if (beyond !== undefined) {
    throw forbidden(msg`This is for people who may ${beyond}, as the role ${role} may; you may not.`);
  }
}
