import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { systemClock } from './clock.js';
import { OPERATIONS } from './record-api.js';

export interface FollowOptions {
  url: string;
  token: string;
  environment: string;
  show(line: string): void;
}

interface Frame {
  deploymentUpdated: {
    cursor: string;
    status: string;
    event: { step: string | null; message: string | null } | null;
    deployment: { releaseVersion: string } | null;
  };
}

const GOODBYE_MS = 500;
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
          query: OPERATIONS.updated,
          variables: { environment, after },
        });
        for await (const { data } of frames) {
          if (!data) continue;
          const { cursor, status, event, deployment } = data.deploymentUpdated;
          after = cursor;
          const what = [status, deployment?.releaseVersion, event?.step].filter(Boolean).join(' ');
          show(`      subscription: ${what}`);
        }
      } catch {
        // Nothing serves yet, or the slot that served has gone: the next connection finds the other one.
      }
      await systemClock.sleep(RETRY_MS);
    }
  };
  const done = follow();
  return {
    async stop() {
      stopped = true;
      // A connection that is only being opened cannot be waited for: its other end may never answer.
      void client.dispose();
      await Promise.race([done, systemClock.sleep(GOODBYE_MS)]);
    },
  };
}
