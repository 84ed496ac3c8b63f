import { badInput, forbidden } from '../kernel/errors.js';
import { can, ROLES, type Role, type Viewer } from '../kernel/viewer.js';

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
  'orders:read': 'Orders, invoices, payments and credit notes, as far as they are one’s own.',
  'orders:all': 'Documents of all customers.',
  'orders:place': 'Make orders for oneself, or for the customers that one sees.',
  'orders:write': 'Change, confirm and cancel orders, and give a discount within the limit.',
  'orders:ship': 'Ship and deliver orders.',
  'orders:approve': 'Give any discount, and approve that of others.',
  'credit:override': 'Confirm orders above the credit limit.',
  'invoices:write': 'Bill orders.',
  'invoices:free': 'Bill without an order, void invoices, and credit them.',
  'payments:write': 'Record payments and apply them.',
  'payments:void': 'Void payments, and give money back.',
  'reports:read': 'Reports and dashboards, of the documents that one sees.',
  'till:use': 'Open and close one’s own till, sell and take back over the counter.',
  'till:all': 'The tills of everybody.',
  'books:close': 'Close the books up to a day.',
  'purchasing:read': 'Vendors, bills and payments made.',
  'purchasing:write': 'Make and change vendors, enter and void bills.',
  'purchasing:receive': 'Take goods of bills in.',
  'purchasing:pay': 'Record payments made.',
  'schema:read': 'The schema and the explorer, where they are closed to strangers.',
  'notes:read': 'Notes for the office, and why documents were voided or cancelled.',
  'export:run': 'Write connections to files, as far as one sees them.',
  'sync:read': 'Queue, inbox and runs.',
  'sync:payload': 'Bodies of deliveries as they came, with purchase prices and contacts.',
  'sync:run': 'Start and cancel runs, retry and discard.',
  'sync:ingest': 'Bring webhooks in through the bridge.',
  'deploy:read': 'Deployments.',
  'deploy:write': 'Start deployments, ask for rollbacks, and record what happens.',
  'deploy:approve': 'Approve what somebody else asked an agent to deploy.',
  'users:read': 'People.',
  'users:manage': 'Invite people, set their role, end their access.',
  'owners:manage': 'Invite owners, change them, end their access.',
  'keys:manage': 'Make and revoke API keys.',
  'audit:read': 'Who changed what.',
  'ops:read': 'Details of health and metrics.',
} as const;
export type Scope = keyof typeof SCOPES;

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
  ADMIN: ALL.filter((scope) => scope !== 'owners:manage'),
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
  ],
  ACCOUNTANT: [
    ...DESK,
    ...BUY,
    'purchasing:pay',
    ...SELL,
    ...BOOKS,
    'books:close',
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
  SALESPERSON: [...STAFF, ...SELL, 'customers:read', 'reports:read'],
  CASHIER: [...STAFF, 'till:use', ...SELL, 'customers:read', 'customers:all', 'orders:all'],
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
  if (!ROLES.includes(role)) throw badInput('role', 'There is no such role.');
  const beyond = ROLE_PERMISSIONS[role].find((scope) => !can(viewer, scope));
  if (beyond !== undefined) {
    throw forbidden(`This is for people who may ${beyond}, as the role ${role} may; you may not.`);
  }
}

export const isScope = (value: string): value is Scope => Object.hasOwn(SCOPES, value);
