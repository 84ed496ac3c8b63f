import { sqlMigration } from '../src/platform/db/migration.js';

/** What stands on the company's papers: one row, and the logo beside it, so that reading the details reads no image. */
export const companyDetails = sqlMigration('20261126060100-company-details', [
  `create table "company_logos" (
     "id" uuid not null, "png" bytea not null, "width" integer not null, "height" integer not null,
     "created_at" timestamptz not null, primary key ("id"))`,
  `create table "company" (
     "id" uuid not null, "name" text not null, "name_ar" text not null, "address" text null, "address_ar" text null,
     "phones" text[] not null default '{}', "email" text null, "website" text null, "tax_number" text null,
     "footer" text null, "footer_ar" text null, "digits" text not null default 'LATIN', "public_url" text null,
     "logo_id" uuid null, "version" integer not null default 1, primary key ("id"))`,
  `alter table "company" add constraint "company_digits_check" check (digits in ('LATIN', 'ARABIC_INDIC'))`,
  `alter table "company" add constraint "company_logo_id_foreign" foreign key ("logo_id") references "company_logos" ("id")
     on update no action on delete restrict`,
  `insert into company (id, name, name_ar) values ('00000000-0000-7000-8000-00000000c001', 'TSH', 'تي إس إتش')`,
]);
