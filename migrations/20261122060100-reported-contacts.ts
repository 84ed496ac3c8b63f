import { sqlMigration } from '../src/platform/db/migration.js';

/** Addresses and persons that Zoho reports carry its ids, so that a report changes those and leaves our own alone. */
export const reportedContacts = sqlMigration('20261122060100-reported-contacts', [
  `alter table "customer_addresses" add column "external_ref" text null`,
  `alter table "customer_contacts" add column "external_ref" text null`,
]);
