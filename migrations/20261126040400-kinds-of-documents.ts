import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * Invoices and credit notes that stand for no sale and no return: they are open items like any other, and no report of
 * sales counts them.
 */
export const kindsOfDocuments = sqlMigration('20261126040400-kinds-of-documents', [
  `alter table "invoices" add column "kind" text not null default 'INVOICE',
     add constraint "invoices_kind_check" check ("kind" in ('INVOICE', 'DEBIT_NOTE', 'OPENING'))`,
  `alter table "credit_notes" add column "kind" text not null default 'CREDIT_NOTE',
     add constraint "credit_notes_kind_check" check ("kind" in ('CREDIT_NOTE', 'WRITE_OFF', 'OPENING'))`,
]);
