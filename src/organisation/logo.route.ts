import express, { Router } from 'express';
import { AppError, forbidden, notFound, unauthenticated } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { actorOf, can } from '../kernel/viewer.js';
import { credentialsOf } from '../platform/http/edge.js';
import type { Services } from '../platform/module.js';
import { isSignedLink, signLink } from '../platform/signed-link.js';
import { findLogo } from './company.queries.js';
import { setCompanyLogo } from './company.service.js';
import { LOGO_TYPES, logoPath, MAX_LOGO_BYTES, printableLogo } from './logo-image.js';

/** POST /api/company/logo (the bytes) -> 201 {url}. GET /api/company/logo/:id -> PNG, by signed link or signed in. */
export function logoRoutes(services: Services): Router {
  const { config, db } = services;
  const router = Router();
  router.post(
    '/api/company/logo',
    // Before the body is read: an anonymous caller sends no 5 MB.
    async (request, _response, next) => {
      const viewer = await services.authenticator.viewerOf(credentialsOf(request));
      if (viewer.kind === 'anonymous') throw unauthenticated();
      if (!can(viewer, 'company:write')) throw forbidden(msg`You need the permission company:write.`);
      if (!request.is(LOGO_TYPES)) {
        throw new AppError('UNSUPPORTED_MEDIA_TYPE', msg`Send a JPEG, PNG or WebP image.`, { field: 'content-type' });
      }
      request.viewer = viewer;
      next();
    },
    express.raw({ limit: MAX_LOGO_BYTES, type: LOGO_TYPES }),
    async (request, response) => {
      const viewer = request.viewer ?? { kind: 'anonymous' };
      const image = await printableLogo(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
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
