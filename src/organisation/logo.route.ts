import express, { Router } from 'express';
import { notFound, unauthenticated } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { actorOf } from '../kernel/viewer.js';
import { credentialsOf } from '../platform/http/edge.js';
import type { Services } from '../platform/module.js';
import { isSignedLink, signLink } from '../platform/signed-link.js';
import { IMAGE_TYPES } from '../platform/uploads/image.js';
import { uploadedBytes, uploadGuard } from '../platform/uploads/upload-guard.js';
import { findLogo } from './company.queries.js';
import { setCompanyLogo } from './company.service.js';
import { logoPath, MAX_LOGO_BYTES, printableLogo } from './logo-image.js';

/** POST /api/company/logo (the bytes) -> 201 {url}. GET /api/company/logo/:id -> PNG, by signed link or signed in. */
export function logoRoutes(services: Services): Router {
  const { config, db } = services;
  const router = Router();
  router.post(
    '/api/company/logo',
    uploadGuard(services, {
      permission: 'company:write',
      types: IMAGE_TYPES,
      refusal: msg`Send a JPEG, PNG or WebP image.`,
    }),
    express.raw({ limit: MAX_LOGO_BYTES, type: IMAGE_TYPES }),
    async (request, response) => {
      const viewer = request.viewer ?? { kind: 'anonymous' };
      const image = await printableLogo(uploadedBytes(request));
      const who = { origin: 'user', actor: actorOf(viewer), requestId: request.requestId } as const;
      const id = await services.transact(who, (tx) => setCompanyLogo(tx, image));
      response.status(201).json({ url: signLink(config.jwtSecret, logoPath(id)) });
    },
  );
  router.get('/api/company/logo/:id', async (request, response) => {
    const { id } = request.params;
    const { until, signature } = request.query;
    if (!isSignedLink(config.jwtSecret, logoPath(id), until, signature)) {
      const viewer = await services.authenticator.viewerOf(credentialsOf(request));
      if (viewer.kind === 'anonymous') throw unauthenticated(msg`Sign in, or use the link that the API gives.`);
    }
    const logo = isId(id) ? await findLogo(db.read, id) : null;
    if (!logo) throw notFound('File', id);
    response.type('image/png').setHeader('Cache-Control', 'private, max-age=86400, immutable');
    // Images are shown by pages of other origins; the link is the permission.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.send(logo.png);
  });
  return router;
}
