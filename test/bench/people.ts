import { CLUSTER_SECRETS, type Cluster } from '../support/cluster.js';
import { signIn } from './peers.js';
import { openLongSession } from './sessions.js';

/** Users of a cluster, each with an address of their own: the server runs with TRUST_PROXY. */
export interface Person {
  token: string;
  address: string;
}

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
  const people: Person[] = [];
  for (let index = 0; index < count; index += 1) {
    const email = `${role.toLowerCase()}-${index}@bench.example`;
    const { inviteUser } = await ask(
      cluster.apiUrl,
      owner,
      `mutation($email: String!, $role: Role!) { inviteUser(email: $email, name: "Bench", role: $role) { ... on OneTimeToken { userId } } }`,
      { email, role },
    );
    const token = await openLongSession(cluster.sql, CLUSTER_SECRETS.JWT_SECRET_KEY, inviteUser.userId as string);
    people.push({ token, address: `10.${role.length}.${index >> 8}.${index & 255}` });
  }
  return people;
}
