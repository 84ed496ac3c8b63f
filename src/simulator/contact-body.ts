import { CONTACT_KEYS, CONTACT_ROW_KEYS } from './bodies/contact-keys.js';
import type { SimulatedContact } from './company-contacts.js';
import { dayOf, type Books } from './documents/books.js';
import { currencyFacts, decimalsOf, exchangeRate, round } from './documents/money.js';
import { zohoTimestamp } from './item-body.js';
import type { Body } from './resource.js';

/** Zoho's shapes of a contact, with the type drift of the real ones. */
const title = (type: SimulatedContact['type']): string => (type === 'vendor' ? 'Vendor' : 'Customer');

const termsLabel = (days: number): string => (days === 0 ? 'Due on Receipt' : `Net ${days}`);

/** Computed from the documents, and so without a time of their own. */
function balancesOf({ contactId, currency }: SimulatedContact, books: Books): Body {
  const { receivable, payable, receivableCredits, payableCredits } = books.balances().contact(contactId);
  const rate = exchangeRate(currency, books.baseCurrency());
  return {
    outstanding_receivable_amount: receivable,
    outstanding_receivable_amount_bcy: round(receivable * rate, 2),
    outstanding_payable_amount: payable,
    outstanding_payable_amount_bcy: round(payable * rate, 2),
    unused_credits_receivable_amount: receivableCredits,
    unused_credits_receivable_amount_bcy: round(receivableCredits * rate, 2),
    unused_credits_payable_amount: payableCredits,
    unused_credits_payable_amount_bcy: round(payableCredits * rate, 2),
  };
}

function common(contact: SimulatedContact, books: Books): Body {
  return {
    contact_id: contact.contactId,
    contact_name: contact.name,
    company_name: contact.company,
    contact_type: contact.type,
    status: contact.active ? 'active' : 'inactive',
    first_name: contact.firstName,
    last_name: contact.lastName,
    email: contact.email,
    phone: contact.phone,
    payment_terms: contact.paymentTerms,
    payment_terms_label: termsLabel(contact.paymentTerms),
    currency_id: currencyFacts(contact.currency).id,
    currency_code: contact.currency,
    ...balancesOf(contact, books),
    created_time: zohoTimestamp(contact.createdMs),
    last_modified_time: zohoTimestamp(contact.modifiedMs),
  };
}

/** A row of the list: a summary without addresses, persons, price list, limit and notes. */
export const contactRow = (contact: SimulatedContact, books: Books): Body => ({
  ...CONTACT_ROW_KEYS,
  ...common(contact, books),
  customer_name: contact.name,
  vendor_name: contact.name,
  contact_type_formatted: title(contact.type),
});

/** Every contact has both addresses, often as an empty form. */
function address(contact: SimulatedContact, place: 'billing' | 'shipping'): Body {
  const filled = contact.street !== '';
  return {
    address_id: `${contact.contactId}${place === 'billing' ? 1 : 2}`,
    attention: '',
    address: filled ? contact.street : '',
    street2: '',
    city: filled || place === 'billing' ? contact.city : '',
    state_code: '',
    state: filled ? contact.city : '',
    zip: '',
    country: filled ? 'Iraq' : '',
    country_code: filled ? 'IQ' : '',
    county: '',
    latitude: '',
    longitude: '',
    phone: '',
    fax: '',
  };
}

const personId = (contact: SimulatedContact): string =>
  contact.firstName === '' && contact.lastName === '' ? '' : `${contact.contactId}5`;

function persons(contact: SimulatedContact): Body[] {
  if (personId(contact) === '') return [];
  return [
    {
      contact_person_id: personId(contact),
      salutation: '',
      first_name: contact.firstName,
      last_name: contact.lastName,
      email: contact.email,
      phone: contact.phone,
      mobile: '',
      designation: contact.designation,
      department: '',
      is_primary_contact: true,
      communication_preference: { is_sms_enabled: false, is_whatsapp_enabled: false },
    },
  ];
}

const ARABIC_NAME = { customfield_id: '5270413000000070031', index: 1, label: 'Arabic Name', data_type: 'string' };

function customFields(contact: SimulatedContact): Body {
  const values: Record<string, string> = {
    ...(contact.nameAr === null ? {} : { cf_name_ar: contact.nameAr }),
    ...contact.customFields,
  };
  return {
    custom_fields: Object.entries(values).map(([name, value], index) =>
      name === 'cf_name_ar'
        ? { ...ARABIC_NAME, api_name: name, value }
        : {
            customfield_id: `527041300000007004${index}`,
            index: index + 1,
            label: name,
            api_name: name,
            data_type: 'string',
            value,
          },
    ),
    custom_field_hash: values,
  };
}

export function contactDetail(contact: SimulatedContact, books: Books): Body {
  const balance = balancesOf(contact, books);
  const base = books.baseCurrency();
  return {
    ...CONTACT_KEYS,
    ...common(contact, books),
    designation: contact.designation,
    is_bcy_only_contact: contact.currency === base,
    has_transaction: books.balances().contact(contact.contactId).documents > 0,
    primary_contact_id: personId(contact),
    currency_symbol: contact.currency,
    price_precision: decimalsOf(contact.currency),
    credit_limit: contact.creditLimit,
    tax_reg_no: contact.taxNumber,
    entity_address_id: `${contact.contactId}3`,
    billing_address: address(contact, 'billing'),
    shipping_address: address(contact, 'shipping'),
    contact_persons: persons(contact),
    pricebook_id: contact.pricebookId,
    pricebook_name: books.pricebooks.find(contact.pricebookId)?.name ?? '',
    notes: contact.notes,
    created_date: dayOf(contact.createdMs),
    customer_currency_summaries: [
      {
        currency_id: currencyFacts(contact.currency).id,
        currency_code: contact.currency,
        currency_symbol: contact.currency,
        price_precision: decimalsOf(contact.currency),
        is_base_currency: contact.currency === base,
        currency_name_formatted: `${contact.currency}- ${currencyFacts(contact.currency).name}`,
        outstanding_receivable_amount: balance['outstanding_receivable_amount'],
        unused_credits_receivable_amount: balance['unused_credits_receivable_amount'],
      },
    ],
    ...customFields(contact),
  };
}
