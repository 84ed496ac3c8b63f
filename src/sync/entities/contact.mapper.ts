import { parseInstant } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import { decimalText, isCurrency, parseNumber } from '../../kernel/money.js';
import type { CustomerSnapshot, ReportedAddress, ReportedPerson } from '../../customers/reported-customer.service.js';
import type { JobWarning } from '../../platform/queue/job.js';
import type { VendorSnapshot } from '../../purchasing/reported-vendor.service.js';
import type { ContactType } from './contact-records.js';
import type { Mapped, Parsed } from './entity-sync.js';

/** A Zoho contact as it came; every field may be missing or odd. */
export type ZohoContact = Record<string, unknown> & { contact_id: string };

type Row = Record<string, unknown>;

/** Only the record itself has the last three; a row of the list has not. */
const MAPPED_KEYS = [
  'contact_name',
  'contact_type',
  'status',
  'currency_code',
  'payment_terms',
  'last_modified_time',
  'billing_address',
  'shipping_address',
  'contact_persons',
];

const ENTITY_OF: Record<ContactType, string> = { customer: 'customers', vendor: 'vendors' };

const MAX_TEXT = 200;
const MAX_NOTES = 5000;
const MAX_TERMS = 365;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;
const ARABIC_NAME_FIELDS = new Set(['cf_name_ar', 'cf_arabic_name', 'cf_name_arabic']);
/** Zoho writes the ISO code of the yuan; the company's books say RMB. */
const CURRENCIES: Readonly<Record<string, string>> = { CNY: 'RMB' };

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
const rowsOf = (value: unknown): Row[] => (Array.isArray(value) ? value.filter(isRow) : []);

function parse(record: Row): Parsed<ZohoContact> {
  const id = record['contact_id'];
  const remoteId = typeof id === 'number' ? String(id) : id;
  if (typeof remoteId !== 'string' || remoteId === '') {
    throw new AppError('BAD_PAYLOAD', 'The contact has no contact_id.', { field: 'contact_id' });
  }
  const type = record['contact_type'];
  return {
    remote: { ...record, contact_id: remoteId },
    remoteId,
    modifiedAt: parseInstant(record['last_modified_time']),
    whole: MAPPED_KEYS.every((key) => record[key] !== undefined),
    ...(type === 'customer' || type === 'vendor' ? { entity: ENTITY_OF[type] } : {}),
  };
}

/** Text, null when the source says that it is empty, undefined when it says nothing. */
function text(value: unknown, limit = MAX_TEXT): string | null | undefined {
  if (value === undefined) return undefined;
  if (value === null) return null;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.replaceAll('\u0000', '').trim().slice(0, limit);
  return trimmed === '' ? null : trimmed;
}

/** The first that is not empty; null when all that were said are empty. */
function firstText(...values: unknown[]): string | null | undefined {
  const texts = values.map((value) => text(value));
  return texts.find((one) => one != null) ?? (texts.includes(null) ? null : undefined);
}

function arabicName(contact: ZohoContact): string | undefined {
  const field = rowsOf(contact['custom_fields']).find(({ api_name: name }) => ARABIC_NAME_FIELDS.has(String(name)));
  return text(field?.['value']) ?? undefined;
}

function addressOf(value: unknown, label: string): ReportedAddress[] {
  if (!isRow(value)) return [];
  const externalRef = text(value['address_id']);
  const line = [text(value['address']), text(value['street2'])].filter((one) => one != null).join(', ');
  const city = text(value['city']);
  // An address without a line is the empty form that every contact has.
  if (externalRef == null || line === '') return [];
  return [
    {
      externalRef,
      label,
      line: line.slice(0, MAX_TEXT),
      city: city ?? '',
      governorate: text(value['state']) ?? null,
      phone: text(value['phone']) ?? null,
      isDefault: label === 'shipping',
    },
  ];
}

function addressesOf(contact: ZohoContact): ReportedAddress[] | undefined {
  if (contact['billing_address'] === undefined && contact['shipping_address'] === undefined) return undefined;
  const more = rowsOf(contact['addresses']).flatMap((row) => addressOf(row, 'additional'));
  const all = [
    ...addressOf(contact['shipping_address'], 'shipping'),
    ...addressOf(contact['billing_address'], 'billing'),
    ...more,
  ];
  return [...new Map(all.map((address) => [address.externalRef, address])).values()];
}

function personsOf(contact: ZohoContact): ReportedPerson[] | undefined {
  if (contact['contact_persons'] === undefined) return undefined;
  return rowsOf(contact['contact_persons']).flatMap((row) => {
    const externalRef = text(row['contact_person_id']);
    const name = [text(row['first_name']), text(row['last_name'])].filter((one) => one != null).join(' ');
    if (externalRef == null || name === '') return [];
    return [
      {
        externalRef,
        name: name.slice(0, MAX_TEXT),
        position: text(row['designation']) ?? null,
        phone: firstText(row['phone'], row['mobile']) ?? null,
        email: text(row['email']) ?? null,
      },
    ];
  });
}

/** Reads the fields that both kinds of contact have, and notes what was odd. */
class ContactReader {
  readonly warnings: JobWarning[] = [];

  constructor(private readonly contact: ZohoContact) {}

  warn(field: string, got: unknown): void {
    const shown = (typeof got === 'string' ? got : (JSON.stringify(got) ?? typeof got)).slice(0, 60);
    this.warnings.push({ code: 'ODD_VALUE', field, message: `${field} is "${shown}"; the old value stays.` });
  }

  name(): string | undefined {
    const name = text(this.contact['contact_name']) ?? text(this.contact['company_name']) ?? undefined;
    if (name === undefined) {
      this.warnings.push({
        code: 'MISSING_VALUE',
        field: 'contact_name',
        message: 'contact_name is empty; the old value stays.',
      });
    }
    return name;
  }

  email(): string | null | undefined {
    const email = text(this.contact['email']);
    if (email == null || EMAIL.test(email)) return email;
    this.warn('email', email);
    return undefined;
  }

  currency(): string | undefined {
    const code = text(this.contact['currency_code']) ?? undefined;
    if (code === undefined) return undefined;
    const known = CURRENCIES[code] ?? code;
    if (isCurrency(known)) return known;
    this.warn('currency_code', code);
    return undefined;
  }

  /** Days. Zoho's negative numbers mean the end of a month, which has no number of days. */
  terms(): number | undefined {
    const parsed = parseNumber(this.contact['payment_terms']);
    if (parsed.kind === 'absent') return undefined;
    const days = parsed.kind === 'number' ? parsed.value.toNumber() : NaN;
    if (Number.isInteger(days) && days >= 0 && days <= MAX_TERMS) return days;
    this.warn('payment_terms', this.contact['payment_terms']);
    return undefined;
  }

  creditLimit(): string | undefined {
    const parsed = parseNumber(this.contact['credit_limit']);
    if (parsed.kind === 'number' && !parsed.value.isNegative()) return decimalText(parsed.value);
    if (parsed.kind !== 'absent') this.warn('credit_limit', this.contact['credit_limit']);
    return undefined;
  }

  active(): boolean | undefined {
    const status = this.contact['status'];
    if (status === 'active') return true;
    if (status === 'inactive') return false;
    if (status !== undefined) this.warn('status', status);
    return undefined;
  }

  common() {
    const { contact } = this;
    return {
      externalRef: contact.contact_id,
      name: this.name(),
      nameAr: arabicName(contact),
      phone: firstText(contact['phone'], contact['mobile']),
      email: this.email(),
      currency: this.currency(),
      paymentTermsDays: this.terms(),
      notes: text(contact['notes'], MAX_NOTES),
      active: this.active(),
    };
  }
}

function toCustomer(contact: ZohoContact): Mapped<CustomerSnapshot> {
  const reader = new ContactReader(contact);
  const billing = isRow(contact['billing_address']) ? contact['billing_address'] : {};
  const snapshot: CustomerSnapshot = {
    ...reader.common(),
    company: text(contact['company_name']),
    city: text(billing['city']),
    taxNumber: firstText(contact['tax_reg_no'], contact['vat_reg_no'], contact['tax_id_value']),
    creditLimit: reader.creditLimit(),
    priceListRef: text(contact['pricebook_id']),
    addresses: addressesOf(contact),
    persons: personsOf(contact),
  };
  return { snapshot, warnings: reader.warnings };
}

function toVendor(contact: ZohoContact): Mapped<VendorSnapshot> {
  const reader = new ContactReader(contact);
  return { snapshot: reader.common(), warnings: reader.warnings };
}

export const customerMapper = { parse, toSnapshot: toCustomer };
export const vendorMapper = { parse, toSnapshot: toVendor };
