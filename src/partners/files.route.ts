import { Router } from 'express';
import { isId } from '../kernel/ids.js';
import { notFound, unauthenticated } from '../kernel/errors.js';
import { actorOf } from '../kernel/viewer.js';
import { credentialsOf } from '../platform/http/edge.js';
import type { Services } from '../platform/module.js';
import { findExportFile, readChunk } from './export.queries.js';

/**
 * GET /files/:id: an export as JSONL, streamed piece by piece; while it runs, what is there. Only for who asked for it: to
 * anybody else there is no such file.
 */
export function fileRoutes(services: Services): Router {
  const router = Router();
  router.get('/files/:id', async (request, response) => {
    const viewer = await services.authenticator.viewerOf(credentialsOf(request));
    if (viewer.kind === 'anonymous') throw unauthenticated();
    const { id } = request.params;
    const file = isId(id) ? await findExportFile(services.db.read, id) : null;
    if (!file || file.actor !== actorOf(viewer)) throw notFound('File', id);
    response.type('application/jsonl').setHeader('X-Export-Status', file.status);
    response.setHeader('Content-Disposition', `attachment; filename="${file.connection}-${id}.jsonl"`);
    response.setHeader('Cache-Control', 'private, no-store');
    let position = -1;
    for (;;) {
      const chunk = await readChunk(services.db.read, id, position);
      if (!chunk || response.destroyed) break;
      position = chunk.position;
      if (!response.write(chunk.body)) {
        await new Promise<void>((resolve) => {
          response.once('drain', resolve);
          response.once('close', resolve);
        });
      }
    }
    response.end();
  });
  return router;
}
