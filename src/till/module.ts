import { permission, type Module } from '../platform/module.js';
import { TillCount, TillSession } from './till.entity.js';
import { tillChanged } from './till.events.js';
import { TillResolver } from './till.resolver.js';

/**
 * Till: selling and taking back over the counter.
 *
 * - A person has at most one open till. A sale is order, goods, invoice and payments in one commit, or nothing.
 * - What the till should hold is kept beside what was counted, so a difference stays visible.
 */
export const tillModule: Module = {
  name: 'till',
  entities: [TillSession, TillCount],
  resolvers: [TillResolver],
  permissions: {
    'Query.tillSessions': permission('till:use'),
    'Query.tillSession': permission('till:use'),
    'Mutation.openTill': permission('till:use'),
    'Mutation.closeTill': permission('till:use'),
    'Mutation.sellAtTill': permission('till:use'),
    'Mutation.returnAtTill': permission('till:use'),
  },
  changes: {
    tillSession: {
      event: tillChanged.eventName,
      permission: 'till:use',
      perPerson: true,
      everything: 'till:all',
      accepts: (event, viewer) => viewer.kind === 'user' && viewer.userId === event.data['userId'],
    },
  },
};
