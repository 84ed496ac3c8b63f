import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * What an event of a document posted can be taken back and posted anew, when an outside source changes the document: each
 * time counts. What posts once counts 1, as every entry before this.
 */
export const entriesPostedAnew = sqlMigration('20261127050000-entries-posted-anew', [
  `alter table "journal_entries" add column "revision" int not null default 1`,
  `alter table "journal_entries" add constraint "journal_entries_document_revision_unique" unique ("document_id", "event", "revision")`,
  `alter table "journal_entries" drop constraint "journal_entries_document_unique"`,
]);
