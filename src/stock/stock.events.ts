import { defineEvent } from '../platform/events.js';

/** More of a product is available in a warehouse than before: goods came, or a promise was released. */
export const stockFreed = defineEvent<{ warehouseId: string }>('stockFreed', 'product');
