import { SignJWT } from 'jose';

type Sql = <Row>(text: string, params?: unknown[]) => Promise<Row[]>;

/**
 * A session without a password and an access token for it that outlasts a long run: hundreds of sign-ins would run into
 * their own limits. It is signed as the server signs, which then asks the database for the session as ever.
 */
export async function openLongSession(sql: Sql, secret: string, userId: string): Promise<string> {
  const [session] = await sql<{ id: string }>(
    `insert into sessions (id, user_id, created_at, expires_at)
     values (gen_random_uuid(), $1, now(), now() + interval '1 day') returning id`,
    [userId],
  );
  return new SignJWT({ sid: session?.id })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('tsh-erp')
    .setSubject(userId)
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(secret));
}
