import type { NextFunction, Request, Response } from 'express';
import { AppError, forbidden, unauthenticated } from '../../kernel/errors.js';
import type { Message } from '../../kernel/message.js';
import { msg } from '../../kernel/message.js';
import type { Scope } from '../../kernel/scopes.js';
import { can } from '../../kernel/viewer.js';
import { credentialsOf } from '../http/edge.js';
import type { Services } from '../module.js';

/** Who may upload what, asked before the body is read: an anonymous caller sends no megabytes. */
export const uploadGuard =
  (
    services: Services,
    { permission, types, refusal }: { permission: Scope; types: string[]; refusal: Message },
  ): ((request: Request, response: Response, next: NextFunction) => Promise<void>) =>
  async (request, _response, next) => {
    const viewer = await services.authenticator.viewerOf(credentialsOf(request));
    if (viewer.kind === 'anonymous') throw unauthenticated();
    if (!can(viewer, permission)) throw forbidden(msg`You need the permission ${permission}.`);
    if (!request.is(types)) throw new AppError('UNSUPPORTED_MEDIA_TYPE', refusal, { field: 'content-type' });
    request.viewer = viewer;
    next();
  };

export const uploadedBytes = ({ body }: Request): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

const MAX_NAME = 200;

/** The name that the uploader gives a file, `?name=`. */
export const uploadedName = ({ query }: Request): string | null =>
  typeof query['name'] === 'string' ? query['name'].slice(0, MAX_NAME) : null;
