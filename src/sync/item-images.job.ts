import { listWantedImages, type WantedImage } from '../catalog/image.queries.js';
import {
  MAX_SOURCE_IMAGE_BYTES,
  recordFetchedImage,
  storeSourceImage,
  type FetchedImage,
} from '../catalog/source-image.service.js';
import { addSeconds, now } from '../kernel/clock.js';
import type { Services } from '../platform/module.js';
import { done, snooze, type JobHandler, type JobResult } from '../platform/queue/job.js';
import type { Schedule } from '../platform/queue/scheduler.js';
import { inLaneOf } from './zoho/zoho-client.js';
import { isGone, ZohoFileTooLarge, ZohoReconnectNeeded, ZohoThrottled } from './zoho/zoho-errors.js';

/** So many at a time: an image is the largest thing that is asked of Zoho, and webhooks go on beside it. */
const AT_A_TIME = 10;
const TRY_AGAIN_SECONDS = 3600;
const RECONNECT_DELAY_MS = 60_000;

const who = { origin: 'zoho', actor: 'zoho-sync' } as const;

export const itemImagesSchedule: Schedule = {
  name: 'item-images',
  everySeconds: 60,
  job: { kind: 'item-images', jobKey: 'item-images', priority: 8 },
};

/**
 * Downloads the images of items that are new or have changed; one that is stored is not asked for again. Each claim takes
 * some, each of them in an own short Tx, so a crash loses nothing that was stored.
 */
export function itemImagesJob(services: Services): JobHandler {
  return {
    kind: 'item-images',
    async run({ signal, job }) {
      const inLane = inLaneOf(services, job.priority);
      const wanted = await listWantedImages(services.db.read, AT_A_TIME);
      if (wanted.length === 0) return done('unchanged');
      const ends = await Promise.allSettled(wanted.map((image) => bring(inLane, image, signal)));
      const failed = ends.filter((end) => end.status === 'rejected').map(({ reason }): unknown => reason);
      return waitFor(failed) ?? snooze(0, `${wanted.length} images were asked for`);
    },
  };
}

/** What stops them all; anything else was put off by itself. */
function waitFor(failed: readonly unknown[]): JobResult | null {
  for (const error of failed) {
    if (error instanceof ZohoThrottled) return snooze(error.delayMs, error.message);
    if (error instanceof ZohoReconnectNeeded) return snooze(RECONNECT_DELAY_MS, error.message);
  }
  if (failed.length > 0) throw failed[0];
  return null;
}

async function bring(services: Services, image: WantedImage, signal: AbortSignal): Promise<void> {
  const fetched = await fetchImage(services, image, signal);
  await services.transact(who, (tx) => recordFetchedImage(tx, image, fetched));
}

async function fetchImage(services: Services, image: WantedImage, signal: AbortSignal): Promise<FetchedImage> {
  try {
    const path = `/inventory/v1/items/${encodeURIComponent(image.productRef)}/image` as const;
    const { body } = await services.zoho.getFile(path, MAX_SOURCE_IMAGE_BYTES, signal);
    return await storeSourceImage(services.config.uploadsDir, body);
  } catch (error) {
    if (isGone(error) || hasStatus(error, 404)) return { fault: 'missing' };
    if (error instanceof ZohoFileTooLarge) return { fault: 'too_large' };
    if (error instanceof ZohoThrottled || error instanceof ZohoReconnectNeeded || signal.aborted) throw error;
    services.log.warn({ item: image.productRef, err: error }, 'an image of Zoho was not fetched');
    return { tryAgainAt: addSeconds(now(), TRY_AGAIN_SECONDS) };
  }
}

const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof Error && 'status' in error && error.status === status;
