import { createClient } from 'graphql-ws';
import { hostname } from 'node:os';
import { WebSocket } from 'ws';
import type { OpsContext } from '../command.js';
import { systemClock } from './clock.js';
import { deployRelease, Refused, retire, rollbackTo } from './deployment.js';
import type { Host } from './host.js';
import { reasonOf } from './http.js';
import { LockTaken } from './lock.js';
import { Interrupted } from './machine.js';
import { OPERATIONS, type RecordApi } from './record-api.js';
import { ensurePrepared, releaseOf } from './release-source.js';
import type { RunKind, RunTrigger } from './state.js';

/** A request of the server's record that may be taken now. */
export interface Waiting {
  id: string;
  environment: string;
  releaseVersion: string;
  commit: string | null;
  kind: RunKind;
  trigger: RunTrigger;
  reason: string | null;
  restores: { releaseVersion: string } | null;
}

const HEARTBEAT_MS = 10_000;
const GOODBYE_MS = 500;
const RETRY_MS = 2000;

/**
 * Carries out what startDeployment and requestRollback ask for. The subscription only wakes it: what is to be done is the
 * answer to its heartbeat, so a request that was made while it was away is done as well. One at a time, under the lock.
 */
export async function runAgent(host: Host, context: OpsContext): Promise<number> {
  const { api, settings } = host;
  if (api === null) throw new Refused('The agent needs DEPLOY_TOKEN.');
  const name = settings.agentName ?? hostname();
  const { environment } = settings;
  const { signal } = context;
  let wake: () => void = () => undefined;
  const listening = listen(host, () => wake());
  context.out(`Agent ${name} waits for deployments of ${environment}.`);
  let told = '';
  try {
    while (!signal.aborted) {
      // Made before the question, so that what arrives during it is not missed.
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const pause = new AbortController();
      try {
        const [first] = await waitingOf(api, environment, name);
        told = '';
        if (first) await carryOut(host, context, first, name);
        else await tidy(host, context);
        if (first) continue;
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        const text = reasonOf(error);
        if (text !== told) context.out(`The agent waits: ${text}`);
        told = text;
      }
      await Promise.race([woken, host.clock.sleep(HEARTBEAT_MS, AbortSignal.any([signal, pause.signal]))]);
      pause.abort();
    }
  } finally {
    await listening.stop();
  }
  context.out('The agent has stopped.');
  return 0;
}

async function waitingOf(api: RecordApi, environment: string, name: string): Promise<readonly Waiting[]> {
  const { waiting } = await api.call<{ waiting: readonly Waiting[] }>('agentHeartbeat', {
    environment,
    name,
    version: null,
  });
  return waiting;
}

async function tidy(host: Host, context: OpsContext): Promise<void> {
  const { warmUntil, run } = host.store.read();
  // A release that waits for a person is not stuck.
  if (run?.awaitingPromotion && run.outcome === null) {
    await host.api?.call('heartbeat', { id: run.id, fence: run.fence, metrics: null }).catch(() => undefined);
  }
  // The lock only when there is something to do: an operator's command would find it taken.
  if (warmUntil === null || host.clock.nowMs() < Date.parse(warmUntil)) return;
  try {
    const lock = host.lock.acquire('retire');
    try {
      await retire(host.partsWith(lock, context.signal));
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!(error instanceof LockTaken)) throw error;
  }
}

/** Why the release that is asked for cannot be had here; null when it is there, or was built. */
async function preparedOr(host: Host, context: OpsContext, waiting: Waiting): Promise<Refused | null> {
  // These bring back what has served here, which is never built again.
  if (waiting.kind === 'ROLLBACK' || waiting.kind === 'RESTART') return null;
  try {
    await ensurePrepared(host, context, { version: waiting.releaseVersion, commit: waiting.commit });
    return null;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}

/**
 * What must be built is built before the lock is taken, because that takes minutes in which a person may want it. Then the
 * lock: a request that is taken but cannot be carried out would look as if somebody worked on it.
 */
async function carryOut(host: Host, context: OpsContext, waiting: Waiting, agent: string): Promise<void> {
  const { api } = host;
  if (api === null) return;
  const beating = setInterval(() => {
    waitingOf(api, waiting.environment, agent).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    const refused = await preparedOr(host, context, waiting);
    await underLock(host, context, { waiting, agent, refused });
  } finally {
    clearInterval(beating);
  }
}

async function underLock(
  host: Host,
  context: OpsContext,
  { waiting, agent, refused }: { waiting: Waiting; agent: string; refused: Refused | null },
): Promise<void> {
  const { api } = host;
  if (api === null) return;
  // A request that cannot be met needs no lock: nothing of the host is touched.
  const lock = refused ? null : host.lock.acquire(`agent: ${waiting.kind} ${waiting.releaseVersion}`);
  try {
    const taken = await api.call<{ fence: number; deployment: { lastSequence: number } }>('take', {
      id: waiting.id,
      agent,
    });
    const request = { id: waiting.id, fence: taken.fence, lastSequence: taken.deployment.lastSequence };
    const about = { trigger: waiting.trigger, reason: waiting.reason, request };
    try {
      if (lock === null) throw refused ?? new Refused('It cannot be carried out.');
      const parts = host.partsWith(lock, context.signal);
      const left = host.store.read().run;
      if (left?.id === waiting.id && left.outcome === null) {
        host.store.update((state) => {
          if (state.run) state.run.fence = taken.fence;
        });
      }
      if (waiting.kind === 'ROLLBACK') {
        const version = waiting.restores?.releaseVersion ?? waiting.releaseVersion;
        await rollbackTo({ version, ...about }, parts);
      } else {
        const restart = waiting.kind === 'RESTART';
        const asked = { version: waiting.releaseVersion, commit: waiting.commit, location: null, restart };
        const release = await releaseOf(host, asked);
        await deployRelease({ ...about, release, kind: waiting.kind, allowContract: false, promote: true }, parts);
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Nothing was begun, so the record hears here why.
      const variables = { id: waiting.id, status: 'ERROR', message: error.message, sequence: request.lastSequence + 1 };
      await api.call('status', { ...variables, fence: taken.fence });
      context.out(error.message);
    }
  } finally {
    lock?.release();
  }
}

/** Wakes at each request; a connection that ends is opened again, since the server behind it is what gets replaced. */
function listen(host: Host, onRequest: () => void): { stop(): Promise<void> } {
  const { settings, clock } = host;
  let stopped = false;
  const client = createClient({
    url: `${settings.apiUrl.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${settings.deployToken ?? ''}` },
    retryAttempts: 0,
  });
  const stopping = new AbortController();
  const follow = async (): Promise<void> => {
    while (!stopped) {
      try {
        const variables = { environment: settings.environment, after: null };
        for await (const frame of client.iterate({ query: OPERATIONS.requested, variables })) {
          if (frame.data) onRequest();
        }
      } catch {
        // The heartbeat asks anyway.
      }
      await clock.sleep(RETRY_MS, stopping.signal);
    }
  };
  const done = follow();
  return {
    async stop() {
      stopped = true;
      stopping.abort();
      // A connection that is only being opened cannot be waited for: its other end may never answer.
      void client.dispose();
      await Promise.race([done, systemClock.sleep(GOODBYE_MS)]);
    },
  };
}
