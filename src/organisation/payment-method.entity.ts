import { registerEnumType } from 'type-graphql';

export const PAYMENT_METHODS = ['CASH', 'CREDIT', 'BANK_TRANSFER', 'CHECK', 'CARD'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];
export const PaymentMethodEnum = Object.fromEntries(PAYMENT_METHODS.map((name) => [name, name])) as {
  [M in PaymentMethod]: M;
};
registerEnumType(PaymentMethodEnum, { name: 'PaymentMethod', description: 'CREDIT: on credit, by the terms agreed.' });
