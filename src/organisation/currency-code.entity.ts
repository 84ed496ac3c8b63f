import { registerEnumType } from 'type-graphql';
import { CURRENCY_DECIMALS, type Currency } from '../kernel/money.js';

export type CurrencyCode = Currency;
export const CurrencyCodeEnum = Object.fromEntries(Object.keys(CURRENCY_DECIMALS).map((code) => [code, code])) as {
  [C in CurrencyCode]: C;
};
registerEnumType(CurrencyCodeEnum, { name: 'CurrencyCode', description: 'The currencies of the company.' });

/** The enum of a currency that is plain text in the schema, for its filter. */
export const CURRENCY_ENUM = [CurrencyCodeEnum, 'CurrencyCode'] as const;
