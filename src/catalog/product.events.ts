import { defineEvent } from '../platform/events.js';

/** `visible`: clients could see the product before or after the change; others must not hear of it. */
export type ProductChange = {
  change: 'created' | 'updated' | 'stock' | 'archived';
  fields: string[];
  visible: boolean;
};

export const productChanged = defineEvent<ProductChange>('productChanged', 'product');
