import { sqlMigration } from '../src/platform/db/migration.js';

/** What stood when the books began, entered and voided in batches: each row is an open item, or a line of the batch's entry. */
export const openingBatches = sqlMigration('20261126040500-opening-batches', [
  `create table "opening_batches" ("id" uuid not null, "day" date not null, "notes" text null, "voided_at" timestamptz null,
     "voided_on" date null, "void_reason" text null, "created_by" text not null, "version" int not null default 1,
     "created_at" timestamptz not null, constraint "opening_batches_pkey" primary key ("id"))`,
  `create table "opening_documents" ("id" uuid not null, "batch_id" uuid not null, "document_type" text not null,
     constraint "opening_documents_pkey" primary key ("id"),
     constraint "opening_documents_batch_id_foreign" foreign key ("batch_id") references "opening_batches" ("id") on update no action on delete restrict,
     constraint "opening_documents_type_check" check ("document_type" in ('invoice', 'creditNote', 'bill', 'vendorCredit')))`,
  `create index "opening_documents_batch" on "opening_documents" ("batch_id", "id")`,
]);
