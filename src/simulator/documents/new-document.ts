import { dayOf } from './books.js';
import type { Payment, TradeDocument } from './document.js';
import type { Currency } from './money.js';

export interface NewRecord {
  id: string;
  number: string;
  contactId: string;
  currency: Currency;
  atMs: number;
}

/** A document as it begins; who makes it adds the rest. */
export function emptyDocument({ id, number, contactId, currency, atMs }: NewRecord): TradeDocument {
  return {
    id,
    number,
    state: 'open',
    contactId,
    date: dayOf(atMs),
    dueDate: '',
    reference: '',
    currency,
    exchangeRate: null,
    lines: [],
    discount: 0,
    shipping: 0,
    adjustment: 0,
    adjustmentText: '',
    roundOff: 0,
    writeOff: 0,
    paymentTerms: 0,
    locationId: '',
    salespersonId: '',
    notes: '',
    terms: '',
    viewed: false,
    emailed: false,
    sourceId: '',
    source: 'user',
    customFields: {},
    applied: [],
    refunds: [],
    active: true,
    createdMs: atMs,
    modifiedMs: atMs,
    deleted: false,
  };
}

export function emptyPayment({ id, number, contactId, currency, atMs }: NewRecord): Payment {
  return {
    id,
    number,
    contactId,
    date: dayOf(atMs),
    mode: 'cash',
    amount: 0,
    currency,
    exchangeRate: null,
    bankCharges: 0,
    accountId: '5270413000000000358',
    accountName: 'Undeposited Funds',
    reference: '',
    description: '',
    applied: [],
    refunds: [],
    customFields: {},
    active: true,
    createdMs: atMs,
    modifiedMs: atMs,
    deleted: false,
  };
}
