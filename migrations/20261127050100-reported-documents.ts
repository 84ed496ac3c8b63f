import { sqlMigration } from '../src/platform/db/migration.js';

const reported = (table: string): string =>
  `alter table "${table}" add column "source" text not null default 'ERP',
     add column "reported_number" text null, add column "reported_status" text null, add column "reported_facts" jsonb null,
     add column "computed_amounts" jsonb null, add column "agrees" boolean null, add column "draft" boolean not null default false,
     add column "posted" jsonb not null default '[]', add column "postings" int not null default 0,
     add constraint "${table}_source_check" check ("source" in ('ERP', 'ZOHO')),
     add constraint "${table}_reported_number_unique" unique ("source", "reported_number")`;

/** What an outside source says of a document stands beside what we say of it, and what of it stands in the journal. */
export const reportedDocuments = sqlMigration('20261127050100-reported-documents', [
  reported('invoices'),
  reported('payments'),
  reported('credit_notes'),
  reported('orders'),
]);
