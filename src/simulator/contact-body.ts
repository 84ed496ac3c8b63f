import type { SimulatedContact } from './company-contacts.js';
import { zohoTimestamp } from './item-body.js';
import type { Body } from './resource.js';

/** Zoho's shapes of a contact, with the type drift of the real ones. */
const title = (type: SimulatedContact['type']): string => (type === 'vendor' ? 'Vendor' : 'Customer');

const termsLabel = (days: number): string => (days === 0 ? 'Due on Receipt' : `Net ${days}`);

function common(contact: SimulatedContact): Body {
  return {
    contact_id: contact.contactId,
    contact_name: contact.name,
    company_name: contact.company,
    contact_type: contact.type,
    customer_sub_type: 'business',
    status: contact.active ? 'active' : 'inactive',
    source: 'user',
    is_linked_with_zohocrm: false,
    website: '',
    language_code: '',
    first_name: contact.firstName,
    last_name: contact.lastName,
    email: contact.email,
    phone: contact.phone,
    mobile: '',
    portal_status: 'disabled',
    payment_terms: contact.paymentTerms,
    payment_terms_label: termsLabel(contact.paymentTerms),
    currency_id: '5270413000000000099',
    currency_code: contact.currency,
    outstanding_receivable_amount: 0,
    outstanding_payable_amount: 0,
    unused_credits_receivable_amount: 0,
    unused_credits_payable_amount: 0,
    track_1099: false,
    created_time: zohoTimestamp(contact.createdMs),
    last_modified_time: zohoTimestamp(contact.modifiedMs),
    tags: [],
  };
}

/** A row of the list: a summary without addresses, persons, price list, limit and notes. */
export function contactRow(contact: SimulatedContact): Body {
  return {
    ...common(contact),
    customer_name: contact.name,
    vendor_name: contact.name,
    contact_type_formatted: title(contact.type),
    custom_fields: [],
    custom_field_hash: {},
    has_attachment: false,
  };
}

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
    phone: '',
    fax: '',
  };
}

function persons(contact: SimulatedContact): Body[] {
  if (contact.firstName === '' && contact.lastName === '') return [];
  return [
    {
      contact_person_id: `${contact.contactId}5`,
      salutation: '',
      first_name: contact.firstName,
      last_name: contact.lastName,
      email: contact.email,
      phone: contact.phone,
      mobile: '',
      designation: contact.designation,
      department: '',
      is_primary_contact: true,
    },
  ];
}

function customFields(contact: SimulatedContact): Body {
  if (!contact.nameAr) return { custom_fields: [], custom_field_hash: {} };
  const field = {
    customfield_id: '5270413000000070031',
    index: 1,
    label: 'Arabic Name',
    api_name: 'cf_name_ar',
    data_type: 'string',
    value: contact.nameAr,
  };
  return { custom_fields: [field], custom_field_hash: { cf_name_ar: contact.nameAr } };
}

export function contactDetail(contact: SimulatedContact): Body {
  return {
    ...common(contact),
    contact_salutation: '',
    designation: contact.designation,
    price_precision: contact.currency === 'IQD' ? 0 : 2,
    exchange_rate: '',
    credit_limit: contact.creditLimit,
    tax_reg_no: contact.taxNumber,
    opening_balance_amount: 0,
    billing_address: address(contact, 'billing'),
    shipping_address: address(contact, 'shipping'),
    addresses: [],
    contact_persons: persons(contact),
    pricebook_id: contact.pricebookId,
    pricebook_name: '',
    notes: contact.notes,
    documents: [],
    created_by_name: '',
    last_modified_by_id: '5270413000000093001',
    ...customFields(contact),
  };
}
