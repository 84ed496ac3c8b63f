import { permission, type Module, type ModuleParts } from '../platform/module.js';
import { paperRoutes } from './paper.route.js';
import { PaperResolver } from './paper.resolver.js';
import { Press } from './press.js';

declare module '../platform/module.js' {
  interface Services {
    press: Press;
  }
}

function paperParts(): ModuleParts {
  const press = new Press();
  return { provides: { press }, drain: () => press.close() };
}

/**
 * Paper: documents as PDF, in Arabic and English.
 *
 * - Who sees a document may print it; what is for the office alone is not even read.
 * - Figures are those of the document, to the last digit: nothing is rounded or added up for print but a running balance.
 * - Each paper carries a signed code. Whoever holds the paper learns from it whether its document stands unchanged, and
 *   nothing that does not stand on the paper.
 * - Papers are made in threads of their own, so the event loop goes on.
 */
export const paperModule: Module = {
  name: 'paper',
  entities: [],
  resolvers: [PaperResolver],
  permissions: { 'Query.paper': permission('orders:read') },
  // What fetching it takes, which the link does without a name.
  costs: { 'Query.paper': 2_000 },
  services: paperParts,
  routes: paperRoutes,
};
