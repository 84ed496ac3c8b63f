import { ref } from '@mikro-orm/core';
import { badInput, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { StoredImage } from './image-file.js';
import { ProductImage, UPLOADED } from './product-image.entity.js';
import { lockProduct } from './product-lock.queries.js';
import type { Product } from './product.entity.js';
import { productChanged } from './product.events.js';
import { msg } from '../kernel/message.js';

const MAX_IMAGES = 20;

function emitImagesChanged(tx: Tx, product: Product): void {
  const visible = product.active && !product.archivedAt;
  tx.emit(productChanged(product.id, { change: 'updated', fields: ['images'], visible }));
}

async function getLockedProduct(tx: Tx, id: string): Promise<Product> {
  const product = isId(id) ? await lockProduct(tx, { id }) : null;
  if (!product) throw notFound('Product', id);
  return product;
}

/** Adds a stored image to a product; the same bytes again are the same image. Throws NOT_FOUND, BAD_INPUT (21st). */
export async function addProductImage(
  tx: Tx,
  productId: string,
  stored: StoredImage,
  fileName: string | null,
): Promise<{ id: string; added: boolean }> {
  const product = await getLockedProduct(tx, productId);
  const sourceRef = `${UPLOADED}${stored.hash}`;
  const known = await tx.em.findOne(ProductImage, { product: product.id, sourceRef });
  if (known) return { id: known.id, added: false };
  if ((await tx.em.count(ProductImage, { product: product.id })) >= MAX_IMAGES) {
    throw badInput('productId', msg`A product has at most ${MAX_IMAGES} images.`);
  }
  const image = tx.em.create(ProductImage, {
    id: newId(),
    product: ref(product),
    sourceRef,
    fileName,
    fileHash: stored.hash,
    width: stored.width,
    height: stored.height,
  });
  emitImagesChanged(tx, product);
  return { id: image.id, added: true };
}

/**
 * Takes an image that was uploaded here off its product. Its files stay: they are named by their content, and another
 * upload of the same bytes may be under way. An image of the source is refused.
 */
export const removeProductImage = defineCommand(['NOT_FOUND', 'BAD_INPUT'], async (tx: Tx, imageId: string) => {
  const image = isId(imageId) ? await tx.em.findOne(ProductImage, imageId) : null;
  if (!image) throw notFound('Image', imageId);
  if (!image.sourceRef.startsWith(UPLOADED)) throw badInput('id', msg`This image comes from Zoho. Remove it there.`);
  const product = await getLockedProduct(tx, image.product.id);
  tx.em.remove(image);
  emitImagesChanged(tx, product);
});
