import { contactDetail, contactRow } from './contact-body.js';
import type { SimulatedContact } from './company-contacts.js';
import type { Books } from './documents/books.js';
import type { Resource } from './resource.js';
import type { Switches } from './switches.js';
import { contactWrites } from './writes/master-writes.js';

/** Contacts of Books: customers and vendors in one module. */
export function contactResource(books: Books, switches: Switches): Resource<SimulatedContact> {
  const { contacts } = books;
  return {
    name: 'contacts',
    object: 'contact',
    report: 'Contacts',
    missing: 'Contact does not exist.',
    products: ['books'],
    alive: () => contacts.alive(),
    find: (id) => contacts.find(id),
    idOf: (contact) => contact.contactId,
    listRow: (contact) => contactRow(contact, books),
    detail: (contact) => contactDetail(contact, books),
    sortKey: (contact, column) =>
      column === 'created_time'
        ? contact.createdMs
        : column === 'last_modified_time'
          ? contact.modifiedMs
          : contact.name,
    writes: contactWrites(books),
    filters: ['contact_name', 'company_name', 'email', 'phone'],
    // Not documented for contacts: a list of them can only be sorted by it.
    knowsSince: () => false,
    matches: (contact, query) =>
      !switches.contactTypeFilters || (query.get('contact_type') ?? contact.type) === contact.type,
  };
}
