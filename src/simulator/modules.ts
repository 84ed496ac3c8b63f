import { contactResource } from './contacts.js';
import type { Books } from './documents/books.js';
import { itemResource } from './items.js';
import type { Resource } from './resource.js';
import { billResource, creditNoteResource, invoiceResource, orderResource } from './resources/document-resources.js';
import {
  adjustmentResource,
  currencyResource,
  locationResource,
  organizationResource,
  pricebookResource,
  taxResource,
  userResource,
  warehouseResource,
} from './resources/master-resources.js';
import { customerPaymentResource, vendorPaymentResource } from './resources/payment-resources.js';
import type { Switches } from './switches.js';

/** All modules of Zoho that are played. */
export const modulesOf = (books: Books, switches: Switches): Resource[] => [
  itemResource(books, switches),
  contactResource(books, switches),
  orderResource(books, switches),
  invoiceResource(books, switches),
  creditNoteResource(books, switches),
  billResource(books, switches),
  customerPaymentResource(books),
  vendorPaymentResource(books),
  adjustmentResource(books),
  pricebookResource(books, switches),
  taxResource(books),
  currencyResource(books, switches),
  userResource(books),
  organizationResource(switches),
  locationResource(),
  warehouseResource(),
];
