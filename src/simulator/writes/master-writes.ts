import type { SimulatedContact } from '../company-contacts.js';
import { LOCATIONS, type SimulatedItem } from '../company.js';
import type { Books } from '../documents/books.js';
import type { Switches } from '../switches.js';
import type { Input } from './input.js';
import { refusal, unsettled } from './refusal.js';
import { placeOf } from './stock-moves.js';
import type { Action, Writes } from './writes.js';

const MAX_NAME = 200;
const MAX_DESCRIPTION = 2000;

const activity = <One extends { active: boolean }>(
  active: boolean,
  message: string,
  touch: (record: One) => unknown,
): Action<One> => ({
  message,
  act(record) {
    record.active = active;
    touch(record);
  },
});

function newItem(books: Books): SimulatedItem {
  return {
    itemId: books.newId(),
    name: '',
    nameAr: null,
    sku: '',
    description: '',
    brand: '',
    categoryName: '',
    unit: '',
    rate: 0,
    purchaseRate: 0,
    active: true,
    reorderLevel: '',
    imageDocumentId: '',
    stock: LOCATIONS.map(() => 0),
    committed: 0,
    createdMs: books.nowMs(),
    modifiedMs: books.nowMs(),
    deleted: false,
  };
}

/** Stock is never set by a PUT, only at the beginning, by location. */
function readItem(books: Books, { duplicateCode, duplicateSkus }: Switches, item: SimulatedItem, input: Input): void {
  const name = input.required('name', item.name, MAX_NAME);
  const sku = input.text('sku', item.sku, MAX_NAME);
  const others = books.items.alive().filter(({ itemId }) => itemId !== item.itemId);
  if (name !== item.name && others.some((one) => one.name.toLowerCase() === name.toLowerCase())) {
    throw refusal(duplicateCode, `Item "${name}" already exists.`);
  }
  if (!duplicateSkus && sku !== '' && sku !== item.sku && others.some((one) => one.sku === sku)) {
    throw refusal(duplicateCode, `The SKU "${sku}" is used by another item.`);
  }
  item.name = name;
  item.sku = sku;
  item.rate = input.number('rate', item.rate);
  item.purchaseRate = input.number('purchase_rate', item.purchaseRate);
  item.description = input.text('description', item.description, MAX_DESCRIPTION);
  item.unit = input.text('unit', item.unit, 100);
  item.brand = input.text('brand', item.brand);
  item.categoryName = input.text('category_name', item.categoryName);
  if (input.has('reorder_level')) item.reorderLevel = input.number('reorder_level', 0);
  const { cf_name_ar: nameAr, ...fields } = input.customFields({
    ...item.customFields,
    ...(item.nameAr === null ? {} : { cf_name_ar: item.nameAr }),
  });
  item.nameAr = nameAr ?? null;
  item.customFields = fields;
}

export function itemWrites(books: Books, switches: Switches): Writes<SimulatedItem> {
  const { items } = books;
  const touch = (item: SimulatedItem): SimulatedItem => items.touch(item);
  return {
    created: 'The item has been added.',
    updated: 'Item details have been saved.',
    deleted: 'The item has been deleted.',
    create(input) {
      const item = newItem(books);
      readItem(books, switches, item, input);
      for (const row of input.rows('locations') ?? []) {
        item.stock[placeOf(row.text('location_id', ''))] = row.number('initial_stock', 0);
      }
      return items.add(item);
    },
    update(item, input) {
      readItem(books, switches, item, input);
      touch(item);
    },
    remove({ itemId }) {
      const documents = [books.salesorders, books.invoices, books.creditnotes, books.bills];
      const used = documents.some((store) =>
        store.alive().some(({ lines }) => lines.some((line) => line.itemId === itemId)),
      );
      if (used) throw unsettled('Items which are a part of other transactions cannot be deleted.');
      items.remove(itemId);
    },
    actions: {
      active: activity(true, 'The item has been marked as active.', touch),
      inactive: activity(false, 'The item has been marked as inactive.', touch),
      customfields: {
        message: 'Custom Fields Updated Successfully',
        act(item, input) {
          readItem(books, switches, item, input);
          touch(item);
        },
      },
    },
    upserts: { customFields: ({ customFields = {} }) => customFields },
  };
}

function newContact(books: Books): SimulatedContact {
  return {
    contactId: books.newId(),
    type: 'customer',
    name: '',
    nameAr: null,
    company: '',
    firstName: '',
    lastName: '',
    designation: '',
    email: '',
    phone: '',
    city: '',
    street: '',
    currency: books.baseCurrency(),
    paymentTerms: 0,
    creditLimit: '',
    taxNumber: '',
    notes: '',
    pricebookId: '',
    active: true,
    createdMs: books.nowMs(),
    modifiedMs: books.nowMs(),
    deleted: false,
  };
}

/** The name is unique in an organisation, when a contact is changed too. */
function readContact(books: Books, contact: SimulatedContact, input: Input): void {
  const name = input.required('contact_name', contact.name, MAX_NAME);
  const others = books.contacts.alive().filter(({ contactId }) => contactId !== contact.contactId);
  if (others.some((one) => one.name.toLowerCase() === name.toLowerCase())) {
    const noun = contact.type === 'vendor' ? 'vendor' : 'customer';
    throw refusal(3062, `The ${noun} "${name}" already exists. Please specify a different name.`);
  }
  contact.name = name;
  contact.company = input.text('company_name', contact.company, MAX_NAME);
  contact.email = input.text('email', contact.email);
  contact.phone = input.text('phone', contact.phone, 50);
  contact.paymentTerms = input.number('payment_terms', contact.paymentTerms);
  if (input.has('credit_limit')) contact.creditLimit = input.number('credit_limit', 0) || '';
  contact.taxNumber = input.text('tax_reg_no', contact.taxNumber);
  contact.notes = input.text('notes', contact.notes, MAX_DESCRIPTION);
  contact.pricebookId = input.text('pricebook_id', contact.pricebookId);
  contact.currency = currencyOf(books, contact, input);
  readPerson(contact, input);
  const { cf_name_ar: nameAr, ...fields } = input.customFields({
    ...contact.customFields,
    ...(contact.nameAr === null ? {} : { cf_name_ar: contact.nameAr }),
  });
  contact.nameAr = nameAr ?? null;
  contact.customFields = fields;
}

/** By its id, or by its code. */
function currencyOf(books: Books, contact: SimulatedContact, input: Input): SimulatedContact['currency'] {
  const byId = books.currencies.find(input.text('currency_id', ''))?.code;
  return byId ?? input.currency(contact.currency);
}

function readPerson(contact: SimulatedContact, input: Input): void {
  const [person] = input.rows('contact_persons') ?? [];
  if (person) {
    contact.firstName = person.text('first_name', contact.firstName, 100);
    contact.lastName = person.text('last_name', contact.lastName, 100);
    contact.designation = person.text('designation', contact.designation);
    contact.email = person.text('email', contact.email);
    contact.phone = person.text('phone', contact.phone, 50);
  }
  const billing = input.row('billing_address');
  if (!billing) return;
  contact.street = billing.text('address', contact.street, MAX_NAME);
  contact.city = billing.text('city', contact.city, 100);
}

export function contactWrites(books: Books): Writes<SimulatedContact> {
  const { contacts } = books;
  const touch = (contact: SimulatedContact): SimulatedContact => contacts.touch(contact);
  return {
    created: 'The contact has been added.',
    updated: 'Contact information has been saved.',
    deleted: 'The customer has been deleted.',
    create(input) {
      const contact = newContact(books);
      contact.type = input.text('contact_type', 'customer') === 'vendor' ? 'vendor' : 'customer';
      readContact(books, contact, input);
      return contacts.add(contact);
    },
    update(contact, input) {
      readContact(books, contact, input);
      touch(contact);
    },
    remove({ contactId }) {
      if (books.balances().contact(contactId).documents > 0) {
        throw unsettled('Contacts which are a part of transactions cannot be deleted.');
      }
      contacts.remove(contactId);
    },
    actions: {
      active: activity(true, 'The contact has been marked as active.', touch),
      inactive: activity(false, 'The contact has been marked as inactive.', touch),
    },
    upserts: { customFields: ({ customFields = {} }) => customFields },
  };
}
