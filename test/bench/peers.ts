import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLUSTER_SECRETS, type Cluster } from '../support/cluster.js';

const here = path.dirname(fileURLToPath(import.meta.url));

/** The server of hand-written statements over the cluster's database. */
export async function startBound(cluster: Cluster): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(path.join(here, 'bound-server.js'), {
    env: { PATH: process.env['PATH'], DATABASE_URL: cluster.databaseUrl, WEBHOOK_SECRET: cluster.webhookSecret },
  });
  const port = await new Promise<number>((resolve) =>
    child.once('message', (message: { port: number }) => resolve(message.port)),
  );
  return { child, url: `http://127.0.0.1:${port}` };
}

/** The first owner's access token. */
export async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `mutation { signIn(email: "${CLUSTER_SECRETS.ADMIN_EMAIL}", password: "${CLUSTER_SECRETS.ADMIN_PASSWORD}") { ... on Session { accessToken } } }`,
    }),
  });
  return ((await response.json()) as { data: { signIn: { accessToken: string } } }).data.signIn.accessToken;
}
