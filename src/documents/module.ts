import type { Module } from '../platform/module.js';
import { documentOwners } from './document.service.js';

/**
 * Documents: what orders, invoices, credit notes, bills and payments share: who sees and books them, in which context,
 * with which lines and quantities.
 *
 * - A document never changes what it said: it is voided by a counter-entry.
 * - In the parallel phase Zoho owns the documents of customers; nobody books here.
 */
export const documentsModule: Module = {
  name: 'documents',
  entities: [],
  resolvers: [],
  permissions: {},
  ownership: { Document: { owners: documentOwners } },
};
