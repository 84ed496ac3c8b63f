import { hostname } from 'node:os';
import { messageOf } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { noticeText, type Notice } from '../kernel/notices.js';
import type { TelegramConfig } from '../config.js';
import type { LoggedEvent } from '../platform/events.js';
import { sendTelegram, type TelegramResult } from '../platform/http/telegram.js';
import type { Follower, Services } from '../platform/module.js';
import { deploymentChanged } from '../deployments/deployment.events.js';
import { syncAlertChanged } from '../sync/alert.events.js';
import { alertNotice } from './alert-notice.js';
import { deploymentNotice, noticeKindOf } from './deployment-notice.js';
import {
  advance,
  clearSending,
  deploymentFacts,
  markSending,
  releaseLease,
  takeLease,
  type Lease,
} from './notice.queries.js';

const NAME = 'deployments';
const BATCH = 500;
const SEND_TIMEOUT_MS = 8000;

export interface NoticeTiming {
  /** Between two looks at the log. */
  pollMs: number;
  firstRetryMs: number;
  maxRetryMs: number;
  /** A wait is cut into slices, between which the lease of 30 seconds is renewed. */
  sliceMs: number;
}

const TIMING: NoticeTiming = { pollMs: 1000, firstRetryMs: 1000, maxRetryMs: 60_000, sliceMs: 5000 };

/**
 * Follows the event log and reports deployments and alerts by Telegram, in order. Of several processes the holder of a lease
 * sends. The cursor passes an event when its notice has arrived, so an outage of Telegram loses none and a restart
 * repeats none. One case cannot be told apart: a process that dies, or whose answer is lost, between Telegram's
 * acceptance and the cursor's commit. Such a notice is sent again and says that it may be a repetition.
 */
export function createNoticeFollower(
  services: Pick<Services, 'db' | 'events' | 'log' | 'metrics'>,
  { telegram, environment }: { telegram: TelegramConfig; environment: string },
  timing: NoticeTiming = TIMING,
): Follower {
  const { db, events, log, metrics } = services;
  const holder = `${hostname()}:${process.pid}:${newId()}`;
  let state = 'starting';
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let wake: () => void = () => undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (stopped) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** False when the lease was lost or the process stops. */
  const waitHolding = async (ms: number): Promise<boolean> => {
    for (let left = ms; left > 0 && !stopped; left -= timing.sliceMs) {
      await pause(Math.min(left, timing.sliceMs));
      if (!(await takeLease(db, NAME, holder))) return false;
    }
    return !stopped;
  };

  const delayAfter = (result: TelegramResult, tries: number): number =>
    result.kind === 'later' ? result.afterMs : Math.min(timing.firstRetryMs * 2 ** tries, timing.maxRetryMs);

  /** Null for an event that nobody is told of. */
  const noticeOf = async (event: LoggedEvent): Promise<Notice | null> => {
    if (event.name === syncAlertChanged.eventName) return alertNotice(event, environment);
    const facts = isId(event.entityId) ? await deploymentFacts(db, event) : null;
    const kind = noticeKindOf(event, facts);
    return kind && deploymentNotice(kind, event, facts);
  };

  /** Sends until it has arrived; false when the lease was lost or the process stops, and the event is still to be sent. */
  const sendEvent = async (event: LoggedEvent, begunBefore: boolean): Promise<boolean> => {
    const notice = await noticeOf(event);
    if (notice === null) return true;
    let repeated = begunBefore;
    for (let tries = 0; ; tries += 1) {
      if (stopped || !(await markSending(db, NAME, holder, event.seq))) return false;
      const text = noticeText({ ...notice, repeated }, telegram.language);
      const result = await sendTelegram({ ...telegram, timeoutMs: SEND_TIMEOUT_MS }, text);
      metrics.notices.inc({ result: result.kind });
      if (result.kind === 'sent') return true;
      if (result.kind === 'unknown') repeated = true;
      else if (!repeated) await clearSending(db, NAME, holder);
      state = `Telegram: ${result.reason}`;
      log.warn({ reason: result.reason, result: result.kind, seq: event.seq, tries }, 'notice not sent; tried again');
      if (!(await waitHolding(delayAfter(result, tries)))) return false;
    }
  };

  /** One look at the log under the lease; true when there may be more at once. */
  const followOnce = async (): Promise<boolean> => {
    const lease = await takeLease(db, NAME, holder);
    if (!lease) {
      state = 'another process sends';
      return false;
    }
    if (lease.reset) log.warn({ seq: lease.seq }, 'the event log has begun anew; notices go on from its head');
    const from = await passPruned(lease);
    const batch = await events.readAfter(from, BATCH);
    state = 'following';
    for (const event of batch) {
      if (event.name !== deploymentChanged.eventName && event.name !== syncAlertChanged.eventName) continue;
      if (!(await sendEvent(event, lease.sendingSeq === event.seq))) return false;
      if (!(await advance(db, NAME, holder, event.seq))) return false;
      state = 'following';
    }
    const last = batch.at(-1);
    if (last) await advance(db, NAME, holder, last.seq);
    return batch.length === BATCH;
  };

  /** After more than a week without a sender the log no longer holds what was not sent; that is said, not hidden. */
  const passPruned = async (lease: Lease): Promise<number> => {
    const floor = await events.floor();
    if (lease.seq >= floor) return lease.seq;
    log.error({ from: lease.seq, to: floor }, 'events were pruned before their notices were sent');
    return floor;
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      let more = false;
      try {
        more = await followOnce();
      } catch (error) {
        state = messageOf(error);
        log.warn({ reason: messageOf(error) }, 'notices not followed; tried again');
      }
      if (!more) await pause(timing.pollMs);
    }
    await releaseLease(db, NAME, holder).catch(() => undefined);
  };

  return {
    name: 'notices',
    // The cursor is made before the process says that it is ready: what happens from then on is told.
    async start() {
      await takeLease(db, NAME, holder);
      running = run();
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
    state: () => state,
  };
}
