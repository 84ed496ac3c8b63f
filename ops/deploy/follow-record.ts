import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface FollowOptions {
  url: string;
  token: string;
  environment: string;
  show(line: string): void;
}

interface Frame {
  deploymentUpdated: { cursor: string; status: string; deployment: { releaseVersion: string } | null };
}

const RETRY_MS = 500;

/** Prints the deployments of the record as a dashboard sees them, over the switch of the very server that tells them. */
export function followRecord({ url, token, environment, show }: FollowOptions): { stop(): Promise<void> } {
  let after: string | null = null;
  let stopped = false;
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    lazy: true,
    retryAttempts: 0,
  });
  const follow = async (): Promise<void> => {
    while (!stopped) {
      try {
        const frames = client.iterate<Frame>({
          query: `subscription($environment: String, $after: String) {
            deploymentUpdated(environment: $environment, after: $after) { cursor status deployment { releaseVersion } } }`,
          variables: { environment, after },
        });
        for await (const { data } of frames) {
          if (!data) continue;
          const { cursor, status, deployment } = data.deploymentUpdated;
          after = cursor;
          show(`      subscription: ${status} ${deployment?.releaseVersion ?? ''}`);
        }
      } catch {
        // Nothing serves yet, or the slot that served has gone: the next connection finds the other one.
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  const done = follow();
  return {
    async stop() {
      stopped = true;
      await client.dispose();
      await done;
    },
  };
}
