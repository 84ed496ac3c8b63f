import { execute } from 'graphql';
import { createContext } from '../platform/graphql/context.js';
import { parseLimited } from '../platform/graphql/limits.js';
import { MAX_PAGE } from '../platform/read/connection.js';
import type { Services } from '../platform/module.js';
import { discard, done, snooze, type JobHandler } from '../platform/queue/job.js';
import { Export } from './export.entity.js';
import { appendPages, failExport, type Pages } from './export.service.js';

const PAGES_A_CLAIM = 10;

interface Connection {
  nodes: unknown[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  totalCount?: number | null;
}

/**
 * Ten pages for each time it is claimed: read with the present rights of who asked, then written in one commit with the
 * cursor and the job's own end. A crash reads the pages again and writes them once. Rights that were taken away end the
 * export.
 */
export function exportJob(services: Services): JobHandler {
  const readPages = async (one: Export, signal: AbortSignal): Promise<Pages | { refused: string }> => {
    const viewer = await services.authenticator.viewerOfActor(one.actor);
    if (!viewer) return { refused: 'Who asked for it may not any more.' };
    const pages: Pages = {
      lines: [],
      endCursor: one.cursor ?? null,
      totalCount: one.totalCount ?? null,
      hasMore: true,
    };
    for (let page = 0; page < PAGES_A_CLAIM && pages.hasMore && !signal.aborted; page += 1) {
      const result = await execute({
        schema: services.schema,
        document: parseLimited(one.query),
        variableValues: { ...one.variables, first: MAX_PAGE, after: pages.endCursor },
        contextValue: createContext(services, {
          viewer,
          language: 'en',
          requestId: `export:${one.id}`,
          address: '',
          // A page that was begun is read to its end; the loop looks at the job's signal between pages.
          signal: new AbortController().signal,
        }),
      });
      const [error] = result.errors ?? [];
      if (error) {
        if (error.originalError && !('code' in error.originalError)) throw error.originalError;
        return { refused: error.message };
      }
      const { nodes, pageInfo, totalCount } = (result.data as Record<string, Connection>)[one.connection] as Connection;
      pages.lines.push(...nodes.map((node) => JSON.stringify(node)));
      pages.endCursor = pageInfo.endCursor ?? pages.endCursor;
      pages.totalCount = totalCount ?? null;
      pages.hasMore = pageInfo.hasNextPage;
    }
    return pages;
  };

  return {
    kind: 'export',
    async run({ job, signal, effect }) {
      const id = job.entityId as string;
      const one = await services.db.orm.em.fork().findOne(Export, id);
      if (!one || (one.status !== 'PENDING' && one.status !== 'RUNNING')) return discard('It has ended.');
      const pages = await readPages(one, signal);
      return effect(async (tx) => {
        if ('refused' in pages) {
          await failExport(tx, id, pages.refused);
          return done('applied');
        }
        const goesOn = await appendPages(tx, id, pages);
        return goesOn && pages.hasMore ? snooze(0, 'more pages') : done('applied');
      });
    },
    async onFailure(tx, job, failure) {
      if (failure.final) await failExport(tx, job.entityId as string, 'It failed too often. Try again later.');
    },
  };
}
