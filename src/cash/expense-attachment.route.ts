import express, { Router } from 'express';
import { notFound, unauthenticated } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { actorOf, can } from '../kernel/viewer.js';
import { credentialsOf } from '../platform/http/edge.js';
import type { Services } from '../platform/module.js';
import { isSignedLink, signLink } from '../platform/signed-link.js';
import { IMAGE_TYPES } from '../platform/uploads/image.js';
import { uploadedBytes, uploadedName, uploadGuard } from '../platform/uploads/upload-guard.js';
import { attachmentPath, MAX_ATTACHMENT_BYTES, storeAttachment } from './attachment-file.js';
import { canSeeExpense, findAttachmentFile } from './expense-attachment.queries.js';
import { addExpenseAttachment } from './expense-attachment.service.js';

const TYPES = [...IMAGE_TYPES, 'application/pdf'];
const refusal = msg`Send a PDF, or a JPEG, PNG or WebP image.`;

/**
 * POST /api/expenses/:id/attachments (the bytes, `?name=`) -> 201 {id, url}, or 200 when the expense has them already.
 * GET /files/:id -> the attachment, for who may see its expense, or for whoever holds a signed link.
 */
export function expenseAttachmentRoutes(services: Services): Router {
  const { config, db } = services;
  const router = Router();
  router.post(
    '/api/expenses/:id/attachments',
    uploadGuard(services, { permission: 'cash:use', types: TYPES, refusal }),
    express.raw({ limit: MAX_ATTACHMENT_BYTES, type: TYPES }),
    async (request, response) => {
      const viewer = request.viewer ?? { kind: 'anonymous' };
      const { id: expenseId } = request.params;
      if (!isId(expenseId) || !(await canSeeExpense(services, viewer, expenseId)))
        throw notFound('Expense', String(expenseId));
      const stored = await storeAttachment(config.uploadsDir, uploadedBytes(request));
      const given = { expenseId, stored, fileName: uploadedName(request) };
      const who = { origin: 'user', actor: actorOf(viewer), requestId: request.requestId } as const;
      const { id, added } = await services.transact(who, (tx) => addExpenseAttachment(tx, viewer, given));
      response.status(added ? 201 : 200).json({ id, url: signLink(config.jwtSecret, `/files/${id}`) });
    },
  );
  router.get('/files/:id', async (request, response, next) => {
    const { id } = request.params;
    const file = isId(id) ? await findAttachmentFile(db.read, id) : null;
    if (!file) return next();
    const { until, signature } = request.query;
    if (!isSignedLink(config.jwtSecret, `/files/${id}`, until, signature)) {
      const viewer = await services.authenticator.viewerOf(credentialsOf(request));
      if (viewer.kind === 'anonymous') throw unauthenticated(msg`Sign in, or use the link that the API gives.`);
      if (!can(viewer, 'cash:use') || !(await canSeeExpense(services, viewer, file.expenseId)))
        throw notFound('File', id);
    }
    response.type(file.mediaType).setHeader('Cache-Control', 'private, max-age=86400, immutable');
    // Images are shown by pages of other origins; the link is the permission. A PDF is a document of strangers: it is
    // handed over as a file, and nothing in it runs here.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (file.mediaType === 'application/pdf') {
      response.setHeader('Content-Disposition', `attachment; filename="${id}.pdf"`);
      response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
    }
    const path = attachmentPath(config.uploadsDir, file.fileHash, file.mediaType);
    response.sendFile(path, { dotfiles: 'allow' }, (error) => {
      if (error && !response.headersSent) next(notFound('File', id));
    });
  });
  return router;
}
