import type { Services } from '../../platform/module.js';
import type { ListedPage, ListRequest, RemoteRecords } from './entity-sync.js';
import { listLatestFirst, modifiedAtOf } from './remote-records.js';

export type ContactType = 'customer' | 'vendor';

/** Customers and vendors are one module of Zoho, told apart by `contact_type`. */
export const contactsOf = (type: ContactType): RemoteRecords => ({
  path: '/books/v3/contacts',
  object: 'contact',
  list: 'contacts',
  id: 'contact_id',
  query: { contact_type: type },
});

/**
 * A page of contacts as the list shows them, without addresses, persons and price list: whoever is new or has changed is
 * fetched by the pull. No source says that the list can be asked for one type, so the others are left out here as well.
 */
export const listContacts =
  (type: ContactType) =>
  async (services: Services, request: ListRequest, signal: AbortSignal): Promise<ListedPage> => {
    const { rows, hasMore } = await listLatestFirst(services, contactsOf(type), request, signal);
    return {
      hasMore,
      records: rows
        .filter((row) => row['contact_type'] === type)
        .map((row) => ({ remoteId: String(row['contact_id']), body: row, modifiedAt: modifiedAtOf(row) })),
    };
  };
