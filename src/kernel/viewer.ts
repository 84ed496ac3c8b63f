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

export type Viewer =
  | { kind: 'anonymous' }
  | {
      kind: 'user';
      userId: string;
      sessionId: string;
      role: Role;
      email: string;
      permissions: ReadonlySet<string>;
      /** When the access token ends; sockets close then. */
      expiresAtMs: number;
    }
  | { kind: 'key'; keyId: string; name: string; permissions: ReadonlySet<string>; expiresAtMs: number | null };

export const ANONYMOUS: Viewer = { kind: 'anonymous' };

export function can(viewer: Viewer, permission: string): boolean {
  return viewer.kind !== 'anonymous' && viewer.permissions.has(permission);
}

/**
 * Two viewers with the same key see exactly the same rows and columns, so they may share one execution of a live
 * event. Row scopes that depend on the person must be part of it.
 */
export function rightsKey(viewer: Viewer): string {
  if (viewer.kind === 'anonymous') return 'anonymous';
  return [...viewer.permissions].sort().join(' ');
}

/** The actor as audit rows and logs show it. */
export function actorOf(viewer: Viewer): string {
  if (viewer.kind === 'user') return `user:${viewer.userId}`;
  if (viewer.kind === 'key') return `key:${viewer.keyId}`;
  return 'anonymous';
}

/** Languages of messages; Arabic first in the company, English the fallback of the API. */
export type Language = 'en' | 'ar';
