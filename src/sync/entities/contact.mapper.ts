import { parseInstant } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import { parseNumber } from '../../kernel/money.js';
import type { CustomerSnapshot, ReportedAddress, ReportedPerson } from '../../customers/reported-customer.service.js';
import type { VendorSnapshot } from '../../vendors/reported-vendor.service.js';
import type { ContactType } from './contact-records.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { arabicNameOf, currencyOf, firstText, idOf, isRow, rowsOf, textOf, ValueReader } from './zoho-values.js';
import { msg } from '../../kernel/message.js';

/** A Zoho contact as it came; every field may be missing or odd. */
export type ZohoContact = Record<string, unknown> & { contact_id: string };

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

function parse(record: Record<string, unknown>): Parsed<ZohoContact> {
  const remoteId = idOf(record['contact_id']);
  if (remoteId === null) {
    throw new AppError('BAD_PAYLOAD', msg`The contact has no contact_id.`, { field: 'contact_id' });
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

const text = (value: unknown, limit = MAX_TEXT): string | null | undefined => textOf(value, limit);

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
        phone: firstText(MAX_TEXT, row['phone'], row['mobile']) ?? null,
        email: text(row['email']) ?? null,
      },
    ];
  });
}

/** Reads the fields that both kinds of contact have. */
class ContactReader extends ValueReader {
  constructor(private readonly contact: ZohoContact) {
    super(contact);
  }

  common() {
    const { contact } = this;
    return {
      externalRef: contact.contact_id,
      name: this.name(),
      nameAr: arabicNameOf(contact)?.slice(0, MAX_TEXT),
      phone: firstText(MAX_TEXT, contact['phone'], contact['mobile']),
      email: this.email(),
      currency: this.currency(),
      paymentTermsDays: this.terms(),
      notes: text(contact['notes'], MAX_NOTES),
      active: this.active(),
    };
  }

  private name(): string | undefined {
    const name = text(this.contact['contact_name']) ?? text(this.contact['company_name']) ?? undefined;
    if (name === undefined) this.missing('contact_name');
    return name;
  }

  private email(): string | null | undefined {
    const email = text(this.contact['email']);
    if (email == null || EMAIL.test(email)) return email;
    this.odd('email');
    return undefined;
  }

  private currency(): string | undefined {
    const code = text(this.contact['currency_code']) ?? undefined;
    if (code === undefined) return undefined;
    const known = currencyOf(code);
    if (known === null) this.odd('currency_code');
    return known ?? undefined;
  }

  /** Days. Zoho's negative numbers mean the end of a month, which has no number of days. */
  private terms(): number | undefined {
    const parsed = parseNumber(this.contact['payment_terms']);
    if (parsed.kind === 'absent') return undefined;
    const days = parsed.kind === 'number' ? parsed.value.toNumber() : NaN;
    if (Number.isInteger(days) && days >= 0 && days <= MAX_TERMS) return days;
    this.odd('payment_terms');
    return undefined;
  }
}

function toCustomer(contact: ZohoContact): Mapped<CustomerSnapshot> {
  const reader = new ContactReader(contact);
  const billing = isRow(contact['billing_address']) ? contact['billing_address'] : {};
  const snapshot: CustomerSnapshot = {
    ...reader.common(),
    company: text(contact['company_name']),
    city: text(billing['city']),
    taxNumber: firstText(MAX_TEXT, contact['tax_reg_no'], contact['vat_reg_no'], contact['tax_id_value']),
    creditLimit: reader.number('credit_limit', { decimals: 6 }),
    priceListRef: text(contact['pricebook_id']),
    salespersonRef: text(contact['owner_id']) ?? undefined,
    addresses: addressesOf(contact),
    persons: personsOf(contact),
  };
  const { priceListRef } = snapshot;
  const parents = priceListRef == null ? [] : [{ entity: 'prices', remoteId: priceListRef, optional: true }];
  return { snapshot, warnings: reader.warnings, parents };
}

function toVendor(contact: ZohoContact): Mapped<VendorSnapshot> {
  const reader = new ContactReader(contact);
  return { snapshot: reader.common(), warnings: reader.warnings };
}

export const customerMapper = { parse, toSnapshot: toCustomer };
export const vendorMapper = { parse, toSnapshot: toVendor };
