import { type Request, Router } from 'express';
import { notFound, unauthenticated } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { languageOf } from '../kernel/translate.js';
import { ANONYMOUS, can, type Viewer } from '../kernel/viewer.js';
import { type Context, createContext } from '../platform/graphql/context.js';
import { abortSignalOf } from '../platform/http/abort.js';
import { addressOf, credentialsOf } from '../platform/http/edge.js';
import type { Services } from '../platform/module.js';
import { isSignedLink } from '../platform/signed-link.js';
import { codeKey, readCode } from './code.js';
import { paperPath, readPaperPath } from './paper-link.js';
import { findSaid, seesPaper } from './papers.js';
import { printPaper, PRINTER } from './print-paper.js';
import { answerOf, verificationPage } from './verification.js';

/** What a paper and a look at a code cost of the budget that an address or a person has in a minute. */
const PAPER_COST = 1_000;
const CODE_COST = 500;

/**
 * GET /paper/:kind/:id: a document as PDF, for whoever sees it, or who holds a signed link.
 * GET /verify/:code: whether a paper is ours and its document stands, for everybody who holds the paper.
 */
export function paperRoutes(services: Services): Router {
  const { config, rateLimiter } = services;
  const key = codeKey(config.encryptionKey);
  const router = Router();

  const contextOf = (request: Request, viewer: Viewer): Context =>
    createContext(services, {
      viewer,
      language: languageOf(request.get('accept-language')),
      requestId: request.requestId,
      address: addressOf(request, config.trustProxy),
      signal: request.res ? abortSignalOf(request.res) : new AbortController().signal,
    });

  const charge = (request: Request, viewer: Viewer, cost: number): void => {
    const address = addressOf(request, config.trustProxy);
    rateLimiter.assertWithin(viewer, address);
    rateLimiter.charge(viewer, address, { cost, databaseMs: 0 });
  };

  router.get('/paper/:kind/:id', async (request, response) => {
    const { kind, id } = request.params;
    const wanted = readPaperPath(kind, id, request.query);
    if (!wanted) throw notFound('File', id);
    const { until, signature } = request.query;
    if (isSignedLink(config.jwtSecret, paperPath(wanted), until, signature)) {
      charge(request, ANONYMOUS, PAPER_COST);
    } else {
      const viewer = await services.authenticator.viewerOf(credentialsOf(request));
      charge(request, viewer, PAPER_COST);
      if (viewer.kind === 'anonymous') throw unauthenticated(msg`Sign in, or use the link that the API gives.`);
      const isSeen = can(viewer, 'orders:read') && (await seesPaper(contextOf(request, viewer), wanted));
      if (!isSeen) throw notFound('File', id);
    }
    const printed = await printPaper(services, contextOf(request, PRINTER), {
      request: wanted,
      origin: originOf(request, config.trustProxy),
      signal: abortSignalOf(response),
    });
    if (!printed) throw notFound('File', id);
    response.type('application/pdf').setHeader('Cache-Control', 'private, no-store');
    response.setHeader('Content-Disposition', `inline; filename="${printed.fileName}"`);
    // Shown by pages of other origins; the link is the permission.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.end(printed.bytes);
  });

  router.get('/verify/:code', async (request, response) => {
    charge(request, ANONYMOUS, CODE_COST);
    const claim = readCode(key, request.params.code);
    const said = claim && (await findSaid(contextOf(request, PRINTER), claim));
    const answer = claim && said ? answerOf(claim, said) : null;
    response.status(answer ? 200 : 404).setHeader('Cache-Control', 'no-store');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (request.accepts(['json', 'html']) === 'html') {
      const language = languageOf(request.get('accept-language'));
      response.type('html').send(verificationPage(answer, language));
    } else {
      response.json(answer ?? { state: 'UNKNOWN' });
    }
  });
  return router;
}

/** Where this request came to, as the caller wrote it. */
function originOf(request: Request, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.get('x-forwarded-proto')?.split(',')[0]?.trim() : undefined;
  const protocol = forwarded === 'https' || forwarded === 'http' ? forwarded : request.protocol;
  return `${protocol}://${request.get('host') ?? 'localhost'}`;
}
