import type { Module } from '../platform/module.js';
import { documentOwners } from './document.service.js';

/**
 * Documents: what orders, invoices, credit notes, bills and payments share: who sees and records them, in which context,
 * with which columns, lines, quantities, totals, numbers and answers; how they are settled and voided.
 *
 * - A document never changes what it said: it is voided by a counter-entry of today, on both sides, so what was reported
 *   for an earlier day stays.
 * - Every command takes its locks in the order of docs/decisions/36-the-order-of-locks.md.
 * - In the parallel phase Zoho owns the documents; nobody records one here.
 */
export const documentsModule: Module = {
  name: 'documents',
  entities: [],
  resolvers: [],
  permissions: {},
  ownership: { Document: { owners: documentOwners } },
};
