import { defineTransitions } from '../kernel/transitions.js';

/** DRAFT -> CONFIRMED (reserves) -> SHIPPED (all lines have left) -> DELIVERED; CANCELLED until it is delivered. */
export const ORDER_STATES = ['DRAFT', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'CANCELLED'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const orderTransitions = defineTransitions<OrderState>({
  DRAFT: ['CONFIRMED', 'CANCELLED'],
  CONFIRMED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['DELIVERED', 'CANCELLED'],
  DELIVERED: [],
  CANCELLED: [],
});
