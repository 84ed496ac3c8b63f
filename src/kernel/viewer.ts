import type { Scope } from './scopes.js';

/**
 * Who is calling. A viewer carries the permissions that its role or key grants, never the role's name for decisions:
 * a role named "sales manager" once became a salesperson by substring.
 */
export const ROLES = [
  'OWNER',
  'ADMIN',
  'MANAGER',
  'ACCOUNTANT',
  'INVENTORY',
  'SALESPERSON',
  'CASHIER',
  'PARTNER',
  'WHOLESALE_CLIENT',
  'CONSUMER',
  'VIEWER',
] as const;
export type Role = (typeof ROLES)[number];

/** Which rows a person may see beyond the role. Read with the session, cached with the viewer. */
export interface RowScope {
  /** The customer this person signs in for; null for staff and for consumers who never ordered. */
  customerId: string | null;
  /** The list that the customer buys by. */
  priceListId: string | null;
  /** The warehouses that an inventory manager keeps; empty for everybody else. */
  warehouseIds: readonly string[];
}

export const NO_ROW_SCOPE: RowScope = { customerId: null, priceListId: null, warehouseIds: [] };

export type Viewer =
  | { kind: 'anonymous' }
  | {
      kind: 'user';
      userId: string;
      sessionId: string;
      role: Role;
      email: string;
      permissions: ReadonlySet<string>;
      rowScope: RowScope;
      /** When the access token ends; sockets close then. */
      expiresAtMs: number;
    }
  | { kind: 'key'; keyId: string; name: string; permissions: ReadonlySet<string>; expiresAtMs: number | null };

export const ANONYMOUS: Viewer = { kind: 'anonymous' };

/** What a viewer may do, without who the viewer is. */
export interface Rights {
  readonly permissions: ReadonlySet<string>;
}

const NO_PERMISSIONS: ReadonlySet<string> = new Set();

export function rightsOf(viewer: Viewer): Rights {
  return { permissions: viewer.kind === 'anonymous' ? NO_PERMISSIONS : viewer.permissions };
}

export function can(viewer: Viewer | Rights, permission: Scope): boolean {
  return 'permissions' in viewer && viewer.permissions.has(permission);
}

/**
 * Whoever sees only their own customers sees other rows than a colleague with the same role; beside a document too, for
 * which one needs no `customers:read`.
 */
export function hasPersonalRows(viewer: Viewer): boolean {
  return viewer.kind === 'user' && !can(viewer, 'customers:all');
}

/**
 * Two viewers with the same key see exactly the same rows and columns, so they may share one execution of a live
 * event. Row scopes that depend on the person must be part of it.
 */
export function rightsKey(viewer: Viewer): string {
  if (viewer.kind === 'anonymous') return 'anonymous';
  const permissions = [...viewer.permissions].sort().join(' ');
  if (viewer.kind === 'key') return permissions;
  const { customerId, priceListId, warehouseIds } = viewer.rowScope;
  const person = hasPersonalRows(viewer) ? viewer.userId : '';
  const warehouses = [...warehouseIds].sort().join(',');
  return [viewer.role, permissions, person, customerId ?? '', priceListId ?? '', warehouses].join('|');
}

/** The identity of nobody: no row belongs to it. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * The viewer that stands for all members of a shared live group. It has their rights and is none of them, so a condition
 * that compares with the person finds nothing instead of showing one member's rows to the others.
 */
export function withoutPerson(viewer: Viewer): Viewer {
  if (viewer.kind === 'user') return { ...viewer, userId: NOBODY, sessionId: NOBODY, email: '' };
  if (viewer.kind === 'key') return { ...viewer, keyId: NOBODY, name: '' };
  return viewer;
}

export const rowScopeOf = (viewer: Viewer): RowScope => (viewer.kind === 'user' ? viewer.rowScope : NO_ROW_SCOPE);

/** The actor as audit rows and logs show it. */
export function actorOf(viewer: Viewer): string {
  if (viewer.kind === 'user') return `user:${viewer.userId}`;
  if (viewer.kind === 'key') return `key:${viewer.keyId}`;
  return 'anonymous';
}

/** Languages of messages; Arabic first in the company, English the fallback of the API. */
export type Language = 'en' | 'ar';
