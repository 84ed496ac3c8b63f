import express, { Router, type Request } from 'express';
import { notFound, unauthenticated } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { actorOf, can } from '../kernel/viewer.js';
import { credentialsOf } from '../platform/http/edge.js';
import type { Services } from '../platform/module.js';
import { isSignedLink, signLink } from '../platform/signed-link.js';
import { IMAGE_TYPES } from '../platform/uploads/image.js';
import { uploadedBytes, uploadedName, uploadGuard } from '../platform/uploads/upload-guard.js';
import { imagePath, keptWidth, MAX_IMAGE_BYTES, storeImage } from './image-file.js';
import { findImageFile, canSeeProduct } from './image.queries.js';
import { addProductImage } from './image.service.js';
import { msg } from '../kernel/message.js';

const widthOf = (request: Request): number => {
  const given = Number(request.query['width']);
  return keptWidth(Number.isInteger(given) && given > 0 ? given : Infinity);
};

/**
 * POST /api/products/:id/images (the bytes, `?name=`) -> 201 {id, url}, or 200 when the product has them already.
 * GET /files/:id?width= -> the image as WebP, for who may see its product, or for whoever holds a signed link.
 */
export function imageRoutes(services: Services): Router {
  const { config, db } = services;
  const router = Router();
  router.post(
    '/api/products/:id/images',
    uploadGuard(services, {
      permission: 'catalog:write',
      types: IMAGE_TYPES,
      refusal: msg`Send a JPEG, PNG or WebP image.`,
    }),
    express.raw({ limit: MAX_IMAGE_BYTES, type: IMAGE_TYPES }),
    async (request, response) => {
      const viewer = request.viewer ?? { kind: 'anonymous' };
      const { id } = request.params;
      if (!isId(id) || !(await canSeeProduct(services, viewer, id))) throw notFound('Product', String(id));
      const stored = await storeImage(config.uploadsDir, uploadedBytes(request));
      const name = uploadedName(request);
      const who = { origin: 'user', actor: actorOf(viewer), requestId: request.requestId } as const;
      const image = await services.transact(who, (tx) => addProductImage(tx, id, stored, name));
      response
        .status(image.added ? 201 : 200)
        .json({ id: image.id, url: signLink(config.jwtSecret, `/files/${image.id}`) });
    },
  );
  router.get('/files/:id', async (request, response, next) => {
    const { id } = request.params;
    const file = isId(id) ? await findImageFile(db.read, id) : null;
    if (!file) return next();
    const given = request.query['width'];
    const path = typeof given === 'string' ? `/files/${id}?width=${given}` : `/files/${id}`;
    if (!isSignedLink(config.jwtSecret, path, request.query['until'], request.query['signature'])) {
      const viewer = await services.authenticator.viewerOf(credentialsOf(request));
      if (viewer.kind === 'anonymous') throw unauthenticated(msg`Sign in, or use the link that the API gives.`);
      if (!can(viewer, 'catalog:read') || !(await canSeeProduct(services, viewer, file.productId))) {
        throw notFound('File', id);
      }
    }
    response.type('image/webp').setHeader('Cache-Control', 'private, max-age=86400, immutable');
    // Images are shown by pages of other origins; the link is the permission.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.sendFile(imagePath(config.uploadsDir, file.fileHash, widthOf(request)), { dotfiles: 'allow' }, (error) => {
      if (error && !response.headersSent) next(notFound('File', id));
    });
  });
  return router;
}
