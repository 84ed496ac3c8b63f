import { appliedRows, refundRow } from '../bodies/creditnote-body.js';
import type { Books } from '../documents/books.js';
import type { Allocation, DocumentKind, DocumentState, TradeDocument } from '../documents/document.js';
import { emptyDocument } from '../documents/new-document.js';
import { round, decimalsOf } from '../documents/money.js';
import type { RecordStore } from '../records.js';
import type { Body } from '../resource.js';
import type { Switches } from '../switches.js';
import { DOCUMENT_NAMES, readDocument } from './document-fields.js';
import type { Input } from './input.js';
import { invalidValue, refusal, unsettled } from './refusal.js';
import { changeWithStock } from './stock-moves.js';
import type { Action, Part, WriteContext, Writes } from './writes.js';

const PREFIXES: Readonly<Record<DocumentKind, { prefix: string; digits: number }>> = {
  salesorders: { prefix: 'SO-', digits: 5 },
  invoices: { prefix: 'INV-', digits: 6 },
  creditnotes: { prefix: 'CN-', digits: 5 },
  bills: { prefix: '', digits: 0 },
};

const NOUNS: Readonly<Record<DocumentKind, string>> = {
  salesorders: 'sales order',
  invoices: 'invoice',
  creditnotes: 'credit note',
  bills: 'bill',
};

/** Creates, changes and deletes one kind of document. */
export class DocumentWriter {
  private readonly store: RecordStore<TradeDocument>;
  private readonly names;

  constructor(
    private readonly books: Books,
    private readonly switches: Switches,
    private readonly kind: DocumentKind,
    /** An invoice and a credit note begin as drafts, and so does an order; a bill is open at once. */
    private readonly begins: DocumentState,
  ) {
    this.store = books.document(kind);
    this.names = DOCUMENT_NAMES[kind];
  }

  readonly create = (input: Input, context: WriteContext): TradeDocument => {
    const number = this.numberOf(input, context);
    const contact = this.books.contacts.find(input.text(`${this.names.contact}_id`, ''));
    const document: TradeDocument = {
      ...emptyDocument({
        id: this.books.newId(),
        number,
        contactId: '',
        currency: contact?.currency ?? 'USD',
        atMs: this.books.nowMs(),
      }),
      state: this.begins,
      paymentTerms: contact?.paymentTerms ?? 0,
      source: 'api',
    };
    readDocument(this.books, this.names, document, input);
    // Goods move with the state: a draft moves nothing.
    this.store.add(document);
    const wanted = document.state;
    document.state = 'draft';
    this.toState(document, wanted);
    this.touchSource(document);
    return document;
  };

  readonly update = (document: TradeDocument, input: Input): void => {
    if (document.state === 'void') throw unsettled(`A void ${NOUNS[this.kind]} cannot be edited.`);
    const draft = structuredClone(document);
    readDocument(this.books, this.names, draft, input);
    if (this.settled(document) > this.books.totals(draft).total) {
      throw unsettled('The amount is less than what has been paid or credited already.');
    }
    changeWithStock(this.books, this.kind, document, () => Object.assign(document, draft));
    this.store.touch(document);
  };

  readonly remove = (document: TradeDocument): void => {
    if (this.settled(document) > 0) {
      throw unsettled(`The ${NOUNS[this.kind]} cannot be deleted, as payments or credits have been applied to it.`);
    }
    changeWithStock(this.books, this.kind, document, () => this.store.remove(document.id));
    this.touchSource(document);
  };

  /** The time of an order moves when it is billed. */
  private touchSource({ sourceId }: TradeDocument): void {
    const order = this.kind === 'invoices' ? this.books.salesorders.find(sourceId) : undefined;
    if (order) this.books.salesorders.touch(order);
  }

  toState(document: TradeDocument, state: DocumentState): void {
    if (state === 'void' && this.settled(document) > 0) {
      throw unsettled(`The ${NOUNS[this.kind]} cannot be voided, as payments or credits have been applied to it.`);
    }
    changeWithStock(this.books, this.kind, document, () => {
      document.state = state;
    });
    this.store.touch(document);
  }

  action(state: DocumentState, message: string): Action<TradeDocument> {
    return { message, act: (document) => this.toState(document, state) };
  }

  private settled(document: TradeDocument): number {
    const { paid, credited } = this.books.balances().of(document);
    const used = [...document.applied, ...document.refunds].reduce((sum, { amount }) => sum + amount, 0);
    return paid + credited + used;
  }

  private numberOf(input: Input, { ownNumber }: WriteContext): string {
    const given = input.text(this.names.number, '', 100);
    const { prefix, digits } = PREFIXES[this.kind];
    // A bill has its vendor's number.
    if (digits === 0) return input.required(this.names.number, '', 100);
    if (given === '') return this.nextNumber(prefix, digits);
    if (this.switches.autoNumbering && !ownNumber) throw refusal(4097, 'Number entered does not match...');
    if (this.store.alive().some(({ number }) => number === given)) {
      throw refusal(this.switches.duplicateCode, `The ${NOUNS[this.kind]} number ${given} already exists.`);
    }
    return given;
  }

  private nextNumber(prefix: string, digits: number): string {
    const taken = new Set(this.store.all().map(({ number }) => number));
    for (let next = this.store.all().length + 1; ; next += 1) {
      const number = `${prefix}${String(next).padStart(digits, '0')}`;
      if (!taken.has(number)) return number;
    }
  }
}

const customFields = ({ customFields: fields }: TradeDocument): Readonly<Record<string, string>> => fields;

export function orderWrites(books: Books, switches: Switches): Writes<TradeDocument> {
  const writer = new DocumentWriter(books, switches, 'salesorders', 'draft');
  return {
    created: 'Sales Order has been created.',
    updated: 'Sales Order has been updated.',
    deleted: 'The sales order has been deleted.',
    create: writer.create,
    update: writer.update,
    remove: writer.remove,
    actions: {
      'status/open': writer.action('open', 'Status of the sales order has been changed to Open.'),
      'status/confirmed': writer.action('open', 'Status of the sales order has been changed to Confirmed.'),
      'status/void': writer.action('void', 'Status of the sales order has been changed to Void.'),
    },
    upserts: { customFields },
  };
}

export function invoiceWrites(books: Books, switches: Switches): Writes<TradeDocument> {
  const writer = new DocumentWriter(books, switches, 'invoices', 'draft');
  const writtenOff = (amount: (invoice: TradeDocument) => number) => (invoice: TradeDocument) => {
    invoice.writeOff = amount(invoice);
    books.invoices.touch(invoice);
  };
  return {
    created: 'The invoice has been created.',
    updated: 'Invoice information has been updated.',
    deleted: 'The invoice has been deleted.',
    create: writer.create,
    update: writer.update,
    remove: writer.remove,
    actions: {
      'status/sent': writer.action('open', 'Invoice status has been changed to Sent.'),
      'status/void': writer.action('void', 'Invoice status has been changed to Void.'),
      'status/draft': writer.action('draft', 'Status of invoice changed from void to draft.'),
      writeoff: {
        message: 'Invoice amount has been written off.',
        act: writtenOff((invoice) => books.balances().balance(invoice)),
      },
      'writeoff/cancel': {
        message: 'The writeoff done for this invoice has been cancelled.',
        act: writtenOff(() => 0),
      },
      credits: {
        message: 'Credits have been applied to the invoice(s).',
        act: (invoice, input) => {
          for (const row of input.rows('apply_creditnotes') ?? []) {
            const credit = books.creditnotes.find(row.text('creditnote_id', ''));
            if (!credit || credit.deleted) throw invalidValue('creditnote_id');
            applyCredit(books, switches, credit, { invoiceId: invoice.id, amount: row.number('amount_applied', 0) });
          }
        },
      },
    },
    upserts: { customFields },
  };
}

export function billWrites(books: Books, switches: Switches): Writes<TradeDocument> {
  const writer = new DocumentWriter(books, switches, 'bills', 'open');
  return {
    created: 'The bill has been created.',
    updated: 'Bill information has been updated.',
    deleted: 'The bill has been deleted.',
    create: writer.create,
    update: writer.update,
    remove: writer.remove,
    actions: {
      'status/open': writer.action('open', 'The status of the bill has been changed to Open.'),
      'status/void': writer.action('void', 'The status of the bill has been changed to Void.'),
    },
    upserts: { customFields },
  };
}

export function creditNoteWrites(books: Books, switches: Switches): Writes<TradeDocument> {
  const writer = new DocumentWriter(books, switches, 'creditnotes', 'draft');
  return {
    created: 'The credit note has been created.',
    updated: 'The credit note has been updated.',
    deleted: 'The credit note has been deleted.',
    create: writer.create,
    update: writer.update,
    remove: writer.remove,
    actions: {
      'status/open': writer.action('open', 'The status of the credit note has been changed to open.'),
      'status/void': writer.action('void', 'Credit note has been marked as void.'),
      'status/draft': writer.action('draft', 'The status of the credit note has been changed to draft.'),
    },
    parts: { refunds: refundPart(books), invoices: appliedPart(books, switches) },
    upserts: { customFields },
  };
}

interface Application {
  invoiceId: string;
  amount: number;
}

/** Sets a credit off against an invoice; whether the invoice's time moves with it is not known. */
export function applyCredit(
  books: Books,
  switches: Switches,
  credit: TradeDocument,
  { invoiceId, amount }: Application,
): Allocation {
  const invoice = books.invoices.find(invoiceId);
  if (!invoice || invoice.deleted || invoice.contactId !== credit.contactId) throw invalidValue('invoice_id');
  const balances = books.balances();
  if (amount <= 0 || amount > balances.balance(credit) || amount > balances.balance(invoice)) {
    throw refusal(24016, 'The amount entered is more than the balance due for the selected invoices.');
  }
  const date = books.today();
  const allocation = { allocationId: books.newId(), documentId: invoiceId, amount, date };
  credit.applied.push(allocation);
  books.creditnotes.touch(credit);
  if (switches.creditBumpsInvoice) books.invoices.touch(invoice);
  return allocation;
}

const appliedPart = (books: Books, switches: Switches): Part<TradeDocument> => ({
  list: 'invoices_credited',
  object: 'invoices',
  created: 'Credits have been applied to the invoice(s).',
  deleted: 'Credits applied to an invoice have been deleted.',
  rows: (credit) => appliedRows(books, credit),
  add(credit, input): Body {
    const rows = input.rows('invoices') ?? [];
    if (rows.length === 0) throw invalidValue('invoices');
    const invoices = rows.map((row) => {
      const application = { invoiceId: row.text('invoice_id', ''), amount: row.number('amount_applied', 0) };
      applyCredit(books, switches, credit, application);
      return { invoice_id: application.invoiceId, amount_applied: application.amount };
    });
    return { apply_to_invoices: { invoices } };
  },
  remove(credit, allocationId) {
    const index = credit.applied.findIndex((one) => one.allocationId === allocationId);
    if (index < 0) throw invalidValue('creditnotes_invoice_id');
    const [{ documentId }] = credit.applied.splice(index, 1) as [Allocation];
    books.creditnotes.touch(credit);
    const invoice = books.invoices.find(documentId);
    if (invoice && switches.creditBumpsInvoice) books.invoices.touch(invoice);
  },
});

const refundPart = (books: Books): Part<TradeDocument> => ({
  list: 'creditnote_refunds',
  object: 'creditnote_refund',
  created: 'The refund information for this credit note has been saved.',
  deleted: 'The refund has been successfully deleted.',
  rows: (credit) => credit.refunds.map((refund) => refundRow(books, credit, refund)),
  add(credit, input): Body {
    const amount = round(input.number('amount', 0), decimalsOf(credit.currency));
    if (amount <= 0 || amount > books.balances().balance(credit)) {
      throw unsettled('The refund amount is more than the balance of the credit note.');
    }
    const refund = {
      refundId: books.newId(),
      date: input.day('date', books.today()),
      mode: input.text('refund_mode', 'cash'),
      reference: input.text('reference_number', ''),
      description: input.text('description', ''),
      amount,
    };
    credit.refunds.push(refund);
    books.creditnotes.touch(credit);
    return { creditnote_refund: refundRow(books, credit, refund) };
  },
  remove(credit, refundId) {
    const index = credit.refunds.findIndex((one) => one.refundId === refundId);
    if (index < 0) throw invalidValue('creditnote_refund_id');
    credit.refunds.splice(index, 1);
    books.creditnotes.touch(credit);
  },
});
