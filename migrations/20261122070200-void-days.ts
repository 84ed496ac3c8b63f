import { sqlMigration } from '../src/platform/db/migration.js';

/**
 * The business day of the counter-entry of a void document, for reports. A release that does not know the column yet
 * leaves it empty; readers then take the day of `voided_at`.
 */
const SOLD = { invoices: 'INVOICE_VOID', payments: 'PAYMENT_VOID', credit_notes: 'CREDIT_NOTE_VOID' };
const BOUGHT = ['bills', 'payments_made'];

export const voidDays = sqlMigration('20261122070200-void-days', [
  ...[...Object.keys(SOLD), ...BOUGHT].map((table) => `alter table "${table}" add column "voided_on" date null`),
  ...Object.entries(SOLD).map(
    ([table, kind]) =>
      `update "${table}" d set voided_on = e.entered_on from account_entries e
       where d.voided_at is not null and e.document_id = d.id and e.kind = '${kind}'`,
  ),
  ...BOUGHT.map(
    (table) =>
      `update "${table}" set voided_on = (voided_at at time zone 'Asia/Baghdad')::date where voided_at is not null`,
  ),
  ...Object.keys(SOLD).map(
    (table) => `create index "${table}_voided" on "${table}" ("voided_at") where (voided_at is not null)`,
  ),
]);
