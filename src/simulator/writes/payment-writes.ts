import { unusedOf } from '../documents/balances.js';
import type { Books, PaymentKind } from '../documents/books.js';
import type { Allocation, Payment, TradeDocument } from '../documents/document.js';
import { decimalsOf, round } from '../documents/money.js';
import { emptyPayment } from '../documents/new-document.js';
import type { RecordStore } from '../records.js';
import type { Body } from '../resource.js';
import type { Input } from './input.js';
import { invalidValue, refusal, unsettled } from './refusal.js';
import type { Part, Writes } from './writes.js';

/** How payments of customers and payments to vendors are called. */
const NAMES = {
  customerpayments: { contact: 'customer', list: 'invoices', id: 'invoice_id', account: 'account' },
  vendorpayments: { contact: 'vendor', list: 'bills', id: 'bill_id', account: 'paid_through_account' },
} as const;

const MODES = ['check', 'cash', 'creditcard', 'banktransfer', 'bankremittance', 'autotransaction', 'others'];

/** Records, changes and deletes payments; the documents that they settle move with them, and so do their times. */
class PaymentWriter {
  private readonly store: RecordStore<Payment>;
  private readonly documents: RecordStore<TradeDocument>;
  private readonly names;

  constructor(
    private readonly books: Books,
    kind: PaymentKind,
  ) {
    this.store = books[kind];
    this.documents = kind === 'customerpayments' ? books.invoices : books.bills;
    this.names = NAMES[kind];
  }

  readonly create = (input: Input): Payment => {
    const contactId = input.required(`${this.names.contact}_id`, '');
    const contact = this.books.contacts.find(contactId);
    if (!contact || contact.deleted || contact.type !== this.names.contact) {
      throw invalidValue(`${this.names.contact}_id`);
    }
    const number = String(this.store.all().length + 1);
    const payment = emptyPayment({
      id: this.books.newId(),
      number,
      contactId,
      currency: contact.currency,
      atMs: this.books.nowMs(),
    });
    this.read(payment, input);
    this.store.add(payment);
    this.touchSettled(payment.applied);
    return payment;
  };

  readonly update = (payment: Payment, input: Input): void => {
    const before = payment.applied;
    const draft = structuredClone(payment);
    this.read(draft, input);
    Object.assign(payment, draft);
    this.store.touch(payment);
    this.touchSettled([...before, ...payment.applied]);
  };

  readonly remove = (payment: Payment): void => {
    if (payment.refunds.length > 0) throw unsettled('The payment cannot be deleted, as a part of it was refunded.');
    this.store.remove(payment.id);
    this.touchSettled(payment.applied);
  };

  private read(payment: Payment, input: Input): void {
    payment.amount = round(input.number('amount', payment.amount), decimalsOf(payment.currency));
    if (payment.amount <= 0) throw invalidValue('amount');
    payment.date = input.day('date', payment.date);
    payment.mode = input.text('payment_mode', payment.mode);
    if (!MODES.includes(payment.mode)) payment.mode = 'others';
    payment.reference = input.text('reference_number', payment.reference, 100);
    payment.description = input.text('description', payment.description);
    payment.bankCharges = input.number('bank_charges', payment.bankCharges);
    payment.accountId = input.text(`${this.names.account}_id`, payment.accountId);
    payment.exchangeRate = input.has('exchange_rate') ? input.number('exchange_rate', 1) : payment.exchangeRate;
    payment.customFields = input.customFields(payment.customFields);
    const rows = input.rows(this.names.list);
    if (rows) payment.applied = rows.map((row) => this.allocation(payment, row));
    if (unusedOf(payment) < 0) {
      throw refusal(24016, 'The amount applied is more than the amount of the payment.');
    }
  }

  private allocation(payment: Payment, row: Input): Allocation {
    const documentId = row.required(this.names.id, '');
    const document = this.documents.find(documentId);
    if (!document || document.deleted || document.contactId !== payment.contactId) throw invalidValue(this.names.id);
    if (document.state !== 'open') throw unsettled('A payment cannot be applied to a draft or void document.');
    const present = payment.applied.find((one) => one.documentId === documentId);
    const amount = round(row.number('amount_applied', present?.amount ?? 0), decimalsOf(payment.currency));
    if (
      amount > round(this.books.balances().balance(document) + (present?.amount ?? 0), decimalsOf(payment.currency))
    ) {
      throw refusal(24016, 'The amount entered is more than the balance due for the selected invoices.');
    }
    return { allocationId: present?.allocationId ?? this.books.newId(), documentId, amount, date: payment.date };
  }

  /** A payment moves the time of what it settles; of its contact it does not. */
  private touchSettled(applied: readonly Allocation[]): void {
    for (const { documentId } of applied) {
      const document = this.documents.find(documentId);
      if (document) this.documents.touch(document);
    }
  }
}

const customFields = ({ customFields: fields }: Payment): Readonly<Record<string, string>> => fields;

const refundPart = (books: Books, store: RecordStore<Payment>, object: string): Part<Payment> => {
  const row = (payment: Payment, { refundId, date, mode, reference, amount }: Payment['refunds'][number]): Body => ({
    [`${object}_id`]: refundId,
    payment_id: payment.id,
    date,
    refund_mode: mode,
    reference_number: reference,
    amount,
  });
  return {
    list: `${object}s`,
    object,
    created: 'The refund information for this payment has been saved.',
    deleted: 'The refund has been successfully deleted.',
    rows: (payment) => payment.refunds.map((refund) => row(payment, refund)),
    add(payment, input) {
      const amount = round(input.number('amount', 0), decimalsOf(payment.currency));
      if (amount <= 0 || amount > unusedOf(payment)) throw unsettled('The refund is more than the unused amount.');
      const refund = {
        refundId: books.newId(),
        date: input.day('date', books.today()),
        mode: input.text('refund_mode', 'cash'),
        reference: input.text('reference_number', ''),
        description: input.text('description', ''),
        amount,
      };
      payment.refunds.push(refund);
      store.touch(payment);
      return { [object]: row(payment, refund) };
    },
    remove(payment, refundId) {
      const index = payment.refunds.findIndex((one) => one.refundId === refundId);
      if (index < 0) throw invalidValue(`${object}_id`);
      payment.refunds.splice(index, 1);
      store.touch(payment);
    },
  };
};

export function customerPaymentWrites(books: Books): Writes<Payment> {
  const { create, update, remove } = new PaymentWriter(books, 'customerpayments');
  return {
    created: 'The payment from the customer has been recorded',
    updated: 'The details of the payment received from the customer have been updated',
    deleted: 'The payment has been deleted.',
    create,
    update,
    remove,
    parts: { refunds: refundPart(books, books.customerpayments, 'payment_refund') },
    upserts: { customFields },
  };
}

export function vendorPaymentWrites(books: Books): Writes<Payment> {
  const { create, update, remove } = new PaymentWriter(books, 'vendorpayments');
  return {
    created: 'The payment made to the vendor has been recorded.',
    updated: 'The details of the payment made to the vendor has been updated',
    deleted: 'The payment has been deleted.',
    create,
    update,
    remove,
    parts: { refunds: refundPart(books, books.vendorpayments, 'vendorpayment_refund') },
    upserts: { customFields },
  };
}
