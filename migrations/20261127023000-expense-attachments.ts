import { sqlMigration } from '../src/platform/db/migration.js';

/** What proves an expense: images and PDFs, which lie in files that are named by their content. */
export const expenseAttachments = sqlMigration('20261127023000-expense-attachments', [
  `create table "expense_attachments" ("id" uuid not null, "expense_id" uuid not null, "file_name" text null, "media_type" text not null,
     "file_hash" text not null, "bytes" int not null, "created_by" text not null, "created_at" timestamptz not null,
     constraint "expense_attachments_pkey" primary key ("id"),
     constraint "expense_attachments_file_unique" unique ("expense_id", "file_hash"),
     constraint "expense_attachments_expense_id_foreign" foreign key ("expense_id") references "expenses" ("id") on update no action on delete restrict,
     constraint "expense_attachments_type_check" check (media_type in ('image/webp', 'application/pdf')))`,
  `create index "expense_attachments_hash" on "expense_attachments" ("file_hash")`,
]);
