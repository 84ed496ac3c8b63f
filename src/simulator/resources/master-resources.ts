import {
  adjustmentDetail,
  adjustmentRow,
  currencyBody,
  locationBody,
  organizationBody,
  pricebookDetail,
  pricebookRow,
  taxBody,
  userDetail,
  userRow,
  warehouseBody,
} from '../bodies/master-bodies.js';
import { LOCATIONS } from '../company.js';
import type { Books } from '../documents/books.js';
import type { Adjustment, Pricebook, SimulatedCurrency, SimulatedTax, SimulatedUser } from '../documents/document.js';
import type { RecordStore, SimulatedRecord } from '../records.js';
import { fixtureResource } from '../fixture-resource.js';
import type { Body, Resource } from '../resource.js';
import type { Switches } from '../switches.js';
import { adjustmentWrites, pricebookWrites } from '../writes/stock-and-price-writes.js';

interface Named extends SimulatedRecord {
  id: string;
}

const storeOf = <One extends Named>(
  store: RecordStore<One>,
): Pick<Resource<One>, 'alive' | 'find' | 'idOf' | 'knowsSince'> => ({
  alive: () => store.alive(),
  find: (id) => store.find(id),
  idOf: ({ id }) => id,
  knowsSince: () => false,
});

/** Price lists: whether a row holds its items is not settled, so that is a switch. */
export const pricebookResource = (books: Books, switches: Switches): Resource<Pricebook> => ({
  ...storeOf(books.pricebooks),
  name: 'pricebooks',
  writes: pricebookWrites(books, switches),
  object: 'pricebook',
  report: 'Price Lists',
  missing: 'Price list does not exist.',
  products: ['books', 'inventory'],
  sortKey: ({ name }) => name,
  listRow: (pricebook) => (switches.pricebookRowsHaveItems ? pricebookDetail(pricebook) : pricebookRow(pricebook)),
  detail: (pricebook) => pricebookDetail(pricebook),
});

export const adjustmentResource = (books: Books): Resource<Adjustment> => ({
  ...storeOf(books.inventoryadjustments),
  name: 'inventoryadjustments',
  writes: adjustmentWrites(books),
  list: 'inventory_adjustments',
  object: 'inventory_adjustment',
  report: 'Inventory Adjustments',
  missing: 'Inventory adjustment does not exist.',
  products: ['inventory', 'books'],
  sortKey: ({ date }) => date,
  defaultSort: ['date', 'D'],
  hasStatus: () => true,
  // Documented with page and per_page only; looking for our own key needs the reference.
  filters: ['reference_number'],
  listRow: adjustmentRow,
  detail: adjustmentDetail,
});

export const taxResource = (books: Books): Resource<SimulatedTax> => ({
  ...storeOf(books.taxes),
  name: 'settings/taxes',
  object: 'tax',
  report: 'Taxes',
  missing: 'Tax does not exist.',
  products: ['books', 'inventory'],
  sortKey: ({ name }) => name,
  defaultSort: ['tax_name', 'A'],
  defaultFilter: 'Taxes.Active',
  moreContext: () => ({ as_of_date: books.today(), to_date: books.today() }),
  hasStatus: ({ active }, filter) => active || filter.endsWith('.All'),
  listRow: taxBody,
  detail: taxBody,
});

export const currencyResource = (books: Books, switches: Switches): Resource<SimulatedCurrency> => ({
  ...storeOf(books.currencies),
  name: 'settings/currencies',
  object: 'currency',
  report: 'Currencies',
  missing: 'Currency does not exist.',
  products: ['books', 'inventory'],
  sortKey: ({ code }) => code,
  pageContext: 'short',
  listRow: (currency) => currencyBody(currency, switches.baseCurrency),
  detail: (currency) => currencyBody(currency, switches.baseCurrency),
});

export const userResource = (books: Books): Resource<SimulatedUser> => ({
  ...storeOf(books.users),
  name: 'users',
  object: 'user',
  report: 'Users',
  missing: 'User does not exist.',
  products: ['books', 'inventory'],
  sortKey: (user, column) => (column === 'email' ? user.email : column === 'status' ? user.status : user.name),
  hasStatus: ({ status }, filter) => filter === 'Status.All' || filter === `Status.${capital(status)}`,
  listRow: userRow,
  detail: userDetail,
});

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** The one organisation; the list can be asked for without naming it. */
export const organizationResource = ({ baseCurrency }: Switches): Resource<never> =>
  placeResource('organizations', 'organization', [organizationBody(baseCurrency)]);

/** The company's locations. Zoho keeps no times of them. */
export const locationResource = (): Resource<never> =>
  placeResource('locations', 'location', LOCATIONS.map(locationBody));

/** The list of an organisation that was not moved to Locations. */
export const warehouseResource = (): Resource<never> =>
  placeResource('settings/warehouses', 'warehouse', LOCATIONS.map(warehouseBody));

function placeResource(name: string, object: string, bodies: readonly Body[]): Resource<never> {
  const places = fixtureResource({ name, object, id: `${object}_id`, product: 'inventory', bodies });
  return {
    ...(places as Resource<never>),
    products: ['inventory', 'books'],
    listRow: ({ body }: { body: Body }) => body,
    pageContext: 'none',
  };
}
