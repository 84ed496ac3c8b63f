import { LockMode } from '@mikro-orm/core';
import { hasCode } from '../kernel/errors.js';
import type { Tx } from '../platform/db/transact.js';
import { MAX_IMAGE_BYTES, SOURCE_FORMATS, storeImage, type StoredImage } from './image-file.js';
import { ProductImage } from './product-image.entity.js';
import { lockProduct } from './product-lock.queries.js';
import { productChanged } from './product.events.js';
import type { WantedImage } from './image.queries.js';

/** Why an image of the source is not stored here. */
export type ImageFault = 'missing' | 'too_large' | 'not_an_image';

export type FetchedImage = { stored: StoredImage } | { fault: ImageFault } | { tryAgainAt: Date };

/** What is taken from a source, as of an upload. */
export const MAX_SOURCE_IMAGE_BYTES = MAX_IMAGE_BYTES;

/** Stores the bytes of the source, whatever it calls them: what they are is seen by decoding them. */
export async function storeSourceImage(uploadsDir: string, body: Buffer): Promise<FetchedImage> {
  try {
    return { stored: await storeImage(uploadsDir, body, SOURCE_FORMATS) };
  } catch (error) {
    if (!hasCode(error, 'BAD_INPUT')) throw error;
    return { fault: 'not_an_image' };
  }
}

/**
 * Records what became of an image that was asked for at the source. One that the source has replaced meanwhile keeps
 * waiting for its own file. A file that cannot be used takes the place of no other: what was stored before goes.
 */
export async function recordFetchedImage(tx: Tx, wanted: WantedImage, fetched: FetchedImage): Promise<boolean> {
  const product = await lockProduct(tx, { externalRef: wanted.productRef });
  const image = await tx.em.findOne(ProductImage, wanted.id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!product || !image || image.sourceRef !== wanted.sourceRef) return false;
  if ('tryAgainAt' in fetched) {
    image.nextFetchAt = fetched.tryAgainAt;
    return false;
  }
  const stored = 'stored' in fetched ? fetched.stored : null;
  const changed = (image.fileHash ?? null) !== (stored?.hash ?? null);
  Object.assign(image, {
    fetchedRef: image.sourceRef,
    fetchFault: 'fault' in fetched ? fetched.fault : null,
    nextFetchAt: null,
    fileHash: stored?.hash ?? null,
    width: stored?.width ?? null,
    height: stored?.height ?? null,
  });
  if (changed) {
    const visible = product.active && !product.archivedAt;
    tx.emit(productChanged(product.id, { change: 'updated', fields: ['images'], visible }));
  }
  return changed;
}
