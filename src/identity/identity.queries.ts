import type { Role } from '../kernel/viewer.js';
import type { Database } from '../platform/db/orm.js';
import { defineLoader } from '../platform/graphql/loader.js';
import { AuditEntry } from '../platform/db/audit.entity.js';
import { read } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { sql, type Sql } from '../platform/read/sql.js';
import { ApiKey } from './api-key.entity.js';
import { SessionInfo } from './session-info.js';
import { SignUp } from './sign-up.entity.js';
import { User } from './user.entity.js';

export interface SessionState {
  userId: string;
  email: string;
  role: Role;
  endsAt: Date;
}

/** The state of a live session of an active user, else null. */
export async function findSessionState(db: Database, sessionId: string): Promise<SessionState | null> {
  const [row] = await db.read<SessionState>(
    `select u.id as "userId", u.email, u.role, s.expires_at as "endsAt" from sessions s join users u on u.id = s.user_id
     where s.id = $1 and s.ended_at is null and s.expires_at > now() and u.active`,
    [sessionId],
  );
  return row ?? null;
}

export interface KeyState {
  id: string;
  name: string;
  scopes: string[];
  expiresAt: Date | null;
}

/** A key that is neither revoked nor expired. Notes the use, at most once a minute. */
export async function findKeyState(db: Database, keyHash: string): Promise<KeyState | null> {
  const [row] = await db.read<KeyState & { stale: boolean }>(
    `select id, name, scopes, expires_at as "expiresAt",
       coalesce(last_used_at < now() - interval '1 minute', true) as stale
     from api_keys where key_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
    [keyHash],
  );
  if (!row) return null;
  if (row.stale) await db.read('update api_keys set last_used_at = now() where id = $1', [row.id]);
  return row;
}

/** The same by its id, for work in its name. */
export async function findKeyById(db: Database, id: string): Promise<KeyState | null> {
  const [row] = await db.read<KeyState>(
    `select id, name, scopes, expires_at as "expiresAt" from api_keys
     where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
    [id],
  );
  return row ?? null;
}

export async function findActiveUser(db: Database, id: string): Promise<{ email: string; role: Role } | null> {
  const [row] = await db.read<{ email: string; role: Role }>('select email, role from users where id = $1 and active', [
    id,
  ]);
  return row ?? null;
}

/** Whether somebody can sign in as an owner. */
export async function hasActiveOwner(read: Database['read']): Promise<boolean> {
  const rows = await read(`select 1 from users where role = 'OWNER' and active and password_hash is not null limit 1`);
  return rows.length > 0;
}

export interface UnknownScopes {
  name: string;
  scopes: string[];
}

/** The keys in use that hold scopes which are not among the known ones. */
export function findUnknownScopes(read: Database['read'], known: readonly string[]): Promise<UnknownScopes[]> {
  return read<UnknownScopes>(
    `select k.name, array_agg(scope order by scope) as scopes
     from api_keys k cross join jsonb_array_elements_text(k.scopes) as scope
     where k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and scope <> all ($1::text[])
     group by k.id, k.name order by k.name, k.id`,
    [known],
  );
}

export interface OwnPerson {
  id: string;
  email: string;
  name: string;
  passwordHash: string | null;
}

export async function findPerson(db: Database, id: string): Promise<OwnPerson | null> {
  const [row] = await db.read<OwnPerson>(
    'select id, email, name, password_hash as "passwordHash" from users where id = $1',
    [id],
  );
  return row ?? null;
}

/** Whom a one-time link is for, while it is valid: a user, or a sign-up whose address is still free. */
export async function findLinkHolder(db: Database, tokenHash: string): Promise<{ email: string; name: string } | null> {
  const [row] = await db.read<{ email: string; name: string }>(
    `select u.email, u.name from one_time_links l join users u on u.id = l.user_id
     where l.token_hash = $1 and l.used_at is null and l.expires_at > now() and u.active
     union all
     select s.email, s.name from sign_ups s where s.token_hash = $1 and s.expires_at > now()
       and not exists (select 1 from users u where u.email = s.email)`,
    [tokenHash],
  );
  return row ?? null;
}

export const userById = defineLoader<string, User>('userById', async ({ db }, ids) => {
  const rows = await db.read<User>(
    `select id, email, name, role, active, version, created_at as "createdAt" from users where id = any ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
});

export const userRead = read(User, { always: ['role'] });

/** The people of the source who are active here. */
export async function listUserRefs({ read: run }: Pick<Database, 'read'>): Promise<string[]> {
  const rows = await run<{ ref: string }>(
    'select external_ref as ref from users where external_ref is not null and active',
  );
  return rows.map((row) => row.ref);
}

/** The active salesperson that is this person of the source. */
export async function findSalespersonByRef(
  { read: run }: Pick<Database, 'read'>,
  externalRef: string,
): Promise<string | null> {
  const [row] = await run<{ id: string }>(
    `select id from users where external_ref = $1 and role = 'SALESPERSON' and active`,
    [externalRef],
  );
  return row?.id ?? null;
}
export const apiKeyRead = read(ApiKey);
export const auditRead = read(AuditEntry);

export const sessionRead = read(SessionInfo);

/** Of addresses that are still free. */
export const isPendingSignUp = (signUp: Columns<SignUp>): Sql =>
  sql`${signUp.expiresAt} > now() and not exists (select 1 from users u where u.email = ${signUp.email})`;

export const signUpRead = read(SignUp);
