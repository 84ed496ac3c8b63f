import { actorOf } from '../kernel/viewer.js';
import { permission, type Module } from '../platform/module.js';
import { ExportChunkRow } from './export-chunk.entity.js';
import { Export } from './export.entity.js';
import { exportChanged } from './export.events.js';
import { exportJob } from './export.job.js';
import { exportRetention } from './export.queries.js';
import { ExportResolver } from './export.resolver.js';
import { fileRoutes } from './files.route.js';

/**
 * Partners: what leaves the house as a whole.
 *
 * - An export runs with the present rights of who asked, page by page; rights that are taken away end it.
 * - Its lines lie in the database, so pages, cursor and the job's end are one commit: no line is lost or written twice.
 * - Nobody sees the exports of others, not even that they are there. Kept for 7 days.
 */
export const partnersModule: Module = {
  name: 'partners',
  entities: [Export, ExportChunkRow],
  unaudited: [Export],
  resolvers: [ExportResolver],
  permissions: {
    'Query.exports': permission('export:run'),
    'Query.export': permission('export:run'),
    'Mutation.startExport': permission('export:run'),
    'Mutation.cancelExport': permission('export:run'),
  },
  changes: {
    export: {
      event: exportChanged.eventName,
      permission: 'export:run',
      perPerson: true,
      accepts: (event, viewer) => event.data['actor'] === actorOf(viewer),
    },
  },
  jobs: (services) => [exportJob(services)],
  routes: fileRoutes,
  retention: exportRetention,
};
