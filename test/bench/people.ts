import { SignJWT } from 'jose';
import { CLUSTER_SECRETS, type Cluster } from '../support/cluster.js';
import { signIn } from './peers.js';

/** Users of a cluster, each with an address of their own: the server runs with TRUST_PROXY. */
export interface Person {
  token: string;
  address: string;
}

const HOURS = 2;

async function ask(url: string, token: string, query: string, variables: object): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: any; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Invites people and opens a session for each; the tokens last for the whole bench. */
export async function makePeople(cluster: Cluster, role: string, count: number): Promise<Person[]> {
  const owner = await signIn(cluster.apiUrl);
  const key = new TextEncoder().encode(CLUSTER_SECRETS.JWT_SECRET_KEY);
  const people: Person[] = [];
  for (let index = 0; index < count; index += 1) {
    const email = `${role.toLowerCase()}-${index}@bench.example`;
    const { inviteUser } = await ask(
      cluster.apiUrl,
      owner,
      `mutation($email: String!, $role: Role!) { inviteUser(email: $email, name: "Bench", role: $role) { ... on OneTimeToken { userId } } }`,
      { email, role },
    );
    const [session] = await cluster.sql<{ id: string }>(
      `insert into sessions (id, user_id, created_at, expires_at) values (gen_random_uuid(), $1, now(), now() + interval '1 day') returning id`,
      [inviteUser.userId],
    );
    const token = await new SignJWT({ sid: session?.id })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('tsh-erp')
      .setSubject(inviteUser.userId as string)
      .setExpirationTime(`${HOURS}h`)
      .sign(key);
    people.push({ token, address: `10.${role.length}.${index >> 8}.${index & 255}` });
  }
  return people;
}
