import { LockMode, ref } from '@mikro-orm/core';
import { issueCredit, issueDebit } from '../billing/adjustment.service.js';
import { CreditNote } from '../billing/credit-note.entity.js';
import { Invoice } from '../billing/invoice.entity.js';
import { settledCurrencies } from '../billing/settlement.queries.js';
import { releaseAllocations } from '../billing/settlement.service.js';
import type { Customer } from '../customers/customer.entity.js';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { lockCustomerDocument, lockNamedCustomer } from '../documents/party.service.js';
import { type VoidInput, voidDocument } from '../documents/void.service.js';
import { findWarehouse } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import { badInput, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { rateOn } from '../ledger/books.service.js';
import { lockCustomer, lockCustomerBalance } from '../ledger/customer-ledger.queries.js';
import { postEntry } from '../ledger/customer-ledger.service.js';
import { ACCOUNTS, postLines, reverseLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Bill, BillLine } from '../purchasing/bill.entity.js';
import { releaseBillAllocations } from '../purchasing/payment-made.service.js';
import { releaseCreditAllocations } from '../purchasing/vendor-credit-allocation.service.js';
import { VendorCredit, VendorCreditLine } from '../purchasing/vendor-credit.entity.js';
import { lockVendor } from '../vendors/vendor.service.js';
import { OpeningBatch, OpeningDocument, type OpeningType } from './opening.entity.js';
import { hasOpenedAccounts, listOpenedParties } from './opening.queries.js';
import { checkOpening, type OpeningBalances, type OpeningRow } from './opening-rows.service.js';

/** What the line of an open item says. */
const describe = ({ reference }: OpeningRow): string => reference?.trim() || 'Opening balance';

const KINDS = ['debt', 'credit', 'bill', 'vendorCredit', 'account'] as const;

const kindOf = ({ customerId, vendorId, amount }: OpeningRow): (typeof KINDS)[number] => {
  const isOwed = new Decimal(amount).isPositive();
  if (customerId != null) return isOwed ? 'debt' : 'credit';
  if (vendorId != null) return isOwed ? 'bill' : 'vendorCredit';
  return 'account';
};

/** Locks the customers of some rows with their balances, in the order of their ids, and then the vendors. */
async function lockParties(
  tx: Tx,
  documentContext: DocumentContext,
  rows: readonly OpeningRow[],
): Promise<ReadonlyMap<string, Customer>> {
  const customers = new Map<string, Customer>();
  for (const customerId of [...new Set(rows.flatMap((row) => row.customerId ?? []))].sort()) {
    const [currency = null, ...others] = rows.filter((row) => row.customerId === customerId).map((row) => row.currency);
    customers.set(customerId, await lockNamedCustomer(tx, documentContext, { customerId, currency, others }));
  }
  for (const vendorId of [...new Set(rows.flatMap((row) => row.vendorId ?? []))].sort()) {
    await lockVendor(tx, vendorId, 'rows');
  }
  return customers;
}

interface Opened {
  batch: OpeningBatch;
  branchId: string;
}

/** What a vendor is owed: a bill; or owes: a credit of theirs. Both against the opening account. */
async function openVendor(tx: Tx, row: OpeningRow, { batch, branchId }: Opened): Promise<[string, OpeningType]> {
  const { currency } = row;
  const vendor = ref(await lockVendor(tx, row.vendorId as string, 'rows'));
  const isOwed = new Decimal(row.amount).isPositive();
  const total = new Decimal(row.amount).abs().toFixed();
  const exchangeRate = await rateOn(tx, currency, batch.day);
  const common = { id: newId(), vendor, branchId, currency, exchangeRate, total, taxTotal: '0' };
  const made = { vendorNumber: row.reference ?? null, createdBy: tx.actor, version: 1, createdAt: now() };
  const line = {
    id: newId(),
    position: 0,
    description: describe(row),
    quantity: '1',
    lineTotal: total,
    taxAmount: '0',
  };
  if (isOwed) {
    const number = await nextDocumentNumber(tx, 'BILL', branchId);
    const days = { billedOn: batch.day, dueOn: row.dueOn ?? batch.day };
    const sums = { subtotal: total, paid: '0', credited: '0', balance: total };
    const warehouse = ref(await findWarehouse(tx, null));
    const bill = tx.em.create(Bill, { ...common, ...made, ...days, ...sums, number, warehouse });
    const costs = {
      unitCost: total,
      taxPercent: '0',
      stocked: false,
      landed: false,
      landedCost: '0',
      received: '0',
      returned: '0',
    };
    tx.em.create(BillLine, { ...line, ...costs, bill: ref(bill) });
  } else {
    const number = await nextDocumentNumber(tx, 'VC', branchId);
    const sums = { applied: '0', unapplied: total };
    const said = { billId: null, issuedOn: batch.day, reason: describe(row), returned: false };
    const credit = tx.em.create(VendorCredit, { ...common, ...made, ...said, ...sums, number });
    tx.em.create(VendorCreditLine, { ...line, credit: ref(credit), billLineId: null, productId: null });
  }
  await tx.em.flush();
  const signed = new Decimal(row.amount);
  await postLines(tx, {
    day: batch.day,
    event: isOwed ? 'BILL' : 'VENDOR_CREDIT',
    documentType: isOwed ? 'bill' : 'vendorCredit',
    documentId: common.id,
    lines: [
      { account: ACCOUNTS.opening, currency, amount: signed, branchId },
      { account: ACCOUNTS.payables, partyId: vendor.id, currency, amount: signed.negated(), branchId },
    ],
  });
  return [common.id, isOwed ? 'bill' : 'vendorCredit'];
}

/** What a customer owes: an opening invoice; or is owed: an opening credit. */
async function openCustomer(
  tx: Tx,
  row: OpeningRow,
  customer: Customer,
  { batch, branchId }: Opened,
): Promise<[string, OpeningType]> {
  const amount = new Decimal(row.amount).abs().toFixed();
  const one = { customer, branchId, currency: row.currency, amount, reason: describe(row), issuedOn: batch.day };
  if (new Decimal(row.amount).isNegative()) return [(await issueCredit(tx, 'OPENING', one, null)).id, 'creditNote'];
  return [(await issueDebit(tx, 'OPENING', { ...one, dueOn: row.dueOn ?? batch.day })).id, 'invoice'];
}

/** The balances of accounts, in one entry of the batch. */
async function openAccounts(tx: Tx, rows: readonly OpeningRow[], { batch, branchId }: Opened): Promise<void> {
  const lines = rows.flatMap(({ account, partyId = null, currency, amount }) =>
    account == null
      ? []
      : [
          { account, partyId, currency, amount, branchId },
          { account: ACCOUNTS.opening, currency, amount: new Decimal(amount).negated(), branchId },
        ],
  );
  if (lines.length === 0) return;
  await postLines(tx, { day: batch.day, event: 'OPENING', documentType: 'openingBatch', documentId: batch.id, lines });
}

/** Enters what stood when the books began, all of it or nothing: open items of customers and vendors, and accounts. */
export const recordOpeningBalances = defineCommand(
  failuresOf.making,
  (tx: Tx, documentContext: DocumentContext, input: OpeningBalances & { idempotencyKey: string }) =>
    recordDocument(
      tx,
      documentContext,
      { operation: 'recordOpeningBalances', kind: 'invoice', input },
      async (given) => {
        await checkOpening(tx, documentContext, given);
        const { day, notes = null } = given;
        // By kind, as each kind takes numbers of its own, and whoever takes several takes them in one order.
        const rows = [...given.rows].sort((one, other) => KINDS.indexOf(kindOf(one)) - KINDS.indexOf(kindOf(other)));
        const customers = await lockParties(tx, documentContext, rows);
        const { branch } = await findWarehouse(tx, null);
        const said = { createdBy: tx.actor, version: 1, createdAt: now() };
        const batch = tx.em.create(OpeningBatch, { id: newId(), day, notes, ...said });
        await tx.em.flush();
        const opened: Opened = { batch, branchId: branch.id };
        for (const row of rows) {
          if (row.account != null) continue;
          const customer = customers.get(row.customerId ?? '');
          const [id, documentType] = customer
            ? await openCustomer(tx, row, customer, opened)
            : await openVendor(tx, row, opened);
          tx.em.create(OpeningDocument, { id, batch: ref(batch), documentType });
        }
        await openAccounts(tx, rows, opened);
        return batch;
      },
    ),
);

const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;

/** Locks who owes or is owed by a batch, in the order in which recording one does, before anything of it. */
async function lockOpenedParties(tx: Tx, batchId: string): Promise<void> {
  for (const { id, kind, currency } of await listOpenedParties(tx.sql, batchId)) {
    if (kind === 'vendor') await lockVendor(tx, id, 'id');
    else {
      await lockCustomer(tx.sql, id, 'alone');
      await lockCustomerBalance(tx.sql, id, currency);
    }
  }
}

/** An open item of a customer, locked after the customer and the balances that move with it. */
async function lockOpened(tx: Tx, documentContext: DocumentContext, { id, documentType }: OpeningDocument) {
  const of = { id, balance: true, others: settledCurrencies } as const;
  return documentType === 'invoice'
    ? lockCustomerDocument<Invoice>(tx, documentContext, { ...of, type: Invoice, noun: 'Invoice' })
    : lockCustomerDocument<CreditNote>(tx, documentContext, { ...of, type: CreditNote, noun: 'Credit note' });
}

interface Voided {
  voidedAt: Date;
  voidedOn: string;
  voidReason: string;
}

async function closeOpened(
  tx: Tx,
  documentContext: DocumentContext,
  opening: OpeningDocument,
  by: Voided,
): Promise<void> {
  const { document, customer } = await lockOpened(tx, documentContext, opening);
  if (document instanceof CreditNote && !new Decimal(document.refunded).isZero())
    throw badInput('id', msg`Part of ${document.number} has been refunded.`);
  const isInvoice = document instanceof Invoice;
  const of = isInvoice ? { invoiceId: document.id } : { creditNoteId: document.id };
  await releaseAllocations(tx, of, { customer, day: by.voidedOn });
  await tx.em.refresh(document);
  Object.assign(document, by, isInvoice ? { balance: '0', settledOn: by.voidedOn } : { unapplied: '0' });
  await tx.em.flush();
  const { id: documentId, number, currency, total } = document;
  const kind = isInvoice ? 'OPENING_DEBT_VOID' : 'OPENING_CREDIT_VOID';
  const entry = { kind, documentId, number, enteredOn: by.voidedOn, customerId: customer.id, currency } as const;
  await postEntry(tx, entry, isInvoice ? new Decimal(total).negated() : total);
}

/** Those of vendors that nobody has voided yet. */
async function closeVendorItem(tx: Tx, { id, documentType }: OpeningDocument, by: Voided): Promise<void> {
  const day = by.voidedOn;
  const isBill = documentType === 'bill';
  const known = isBill ? await tx.em.findOneOrFail(Bill, id) : await tx.em.findOneOrFail(VendorCredit, id);
  await lockVendor(tx, known.vendor.id, 'id');
  const document = isBill
    ? await tx.em.findOneOrFail(Bill, id, lock)
    : await tx.em.findOneOrFail(VendorCredit, id, lock);
  if (document.voidedAt) return;
  if (document instanceof Bill) {
    await releaseBillAllocations(tx, { billId: id }, day);
    await releaseCreditAllocations(tx, { billId: id }, day);
  } else await releaseCreditAllocations(tx, { creditId: id }, day);
  await tx.em.refresh(document);
  Object.assign(document, by, isBill ? { balance: '0', settledOn: day } : { unapplied: '0' });
  await tx.em.flush();
  const reverses = isBill ? 'BILL' : 'VENDOR_CREDIT';
  await reverseLines(tx, { documentId: id, reverses, event: `${reverses}_VOID`, day });
}

/** Voids a batch as a whole: what settled its open items is unapplied again. Refused when credit of it was refunded. */
export const voidOpeningBalances = defineCommand(
  failuresOf.voiding,
  (tx: Tx, documentContext: DocumentContext, input: VoidInput) =>
    voidDocument<OpeningBatch, readonly OpeningDocument[]>(tx, documentContext, input, {
      operation: 'voidOpeningBalances',
      kind: 'invoice',
      noun: 'opening batch',
      async lock(id) {
        const batch = isId(id) ? await tx.em.findOne(OpeningBatch, id) : null;
        if (!batch) throw notFound('Opening batch', id);
        await lockOpenedParties(tx, id);
        await tx.em.refresh(batch, { lockMode: LockMode.PESSIMISTIC_WRITE });
        return { document: batch, party: await tx.em.find(OpeningDocument, { batch: id }) };
      },
      assertVoidable: () => undefined,
      async undo(batch, documents, voidedOn) {
        const by = { voidedAt: now(), voidedOn, voidReason: input.reason };
        const isCustomers = ({ documentType }: OpeningDocument): boolean =>
          documentType === 'invoice' || documentType === 'creditNote';
        for (const one of documents.filter(isCustomers)) await closeOpened(tx, documentContext, one, by);
        for (const one of documents.filter((one) => !isCustomers(one))) await closeVendorItem(tx, one, by);
        if (!(await hasOpenedAccounts(tx.sql, batch.id))) return;
        await reverseLines(tx, { documentId: batch.id, reverses: 'OPENING', event: 'OPENING_VOID', day: voidedOn });
      },
      clear: () => undefined,
      post: () => undefined,
    }),
);
