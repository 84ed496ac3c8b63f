import { seededRandom, type SimulatedItem } from '../company.js';
import type { BookRecords } from './book-records.js';
import { idOf } from './books.js';
import type { Pricebook, PricebookItem, SimulatedUser } from './document.js';
import { CURRENCIES, round, type Currency } from './money.js';

/** 1 January 2024, as everything else of the company. */
const BEGIN_MS = 1_704_067_200_000;
const FIRST_ID = 2_000_000_000;
const DINARS_PER_DOLLAR = 1310;
/** The smallest note in use. */
const NOTE = 250;

const recorded = { active: true, createdMs: BEGIN_MS, modifiedMs: BEGIN_MS, deleted: false };

export const dinarsOf = (dollars: number): number =>
  Math.max(NOTE, Math.round((dollars * DINARS_PER_DOLLAR) / NOTE) * NOTE);

/** The company's seven price lists: six with prices of about 59 % of the items, and an empty one. */
const LISTS: readonly { name: string; currency: Currency; factor: number; volume?: boolean; isDefault?: boolean }[] = [
  { name: 'Wholesale A', currency: 'USD', factor: 1.08 },
  { name: 'Wholesale B', currency: 'USD', factor: 1.12, volume: true },
  { name: 'Retailer', currency: 'USD', factor: 1.18 },
  { name: 'Technical IQD', currency: 'IQD', factor: 1.22 },
  { name: 'Technical USD', currency: 'USD', factor: 1.22 },
  { name: 'Consumer', currency: 'IQD', factor: 1.35, isDefault: true },
  { name: 'Cancel', currency: 'IQD', factor: 0 },
];

const PRICED = 0.588;
const TEN = 10;

function generatePricebooks(items: readonly SimulatedItem[], nextId: () => string): Pricebook[] {
  const random = seededRandom(20_251_122);
  const priced = items.filter(() => random() < PRICED);
  return LISTS.map(({ name, currency, factor, volume = false, isDefault = false }) => ({
    ...recorded,
    id: nextId(),
    name,
    description: '',
    currency,
    type: 'per_item',
    scheme: volume ? 'volume' : 'unit',
    percentage: 0,
    isIncrease: false,
    isDefault,
    rounding: 'no_rounding',
    use: 'sales',
    items: factor === 0 ? [] : priced.map((item) => priceOf(item, { currency, factor, volume, id: nextId() })),
  }));
}

function priceOf(
  { itemId, rate: base }: SimulatedItem,
  { currency, factor, volume, id }: { currency: Currency; factor: number; volume: boolean; id: string },
): PricebookItem {
  const rate = currency === 'IQD' ? dinarsOf(base * factor) : round(base * factor, 2);
  if (!volume) return { pricebookItemId: id, itemId, rate, discount: '', brackets: [] };
  const many = round(rate * 0.95, 2);
  return {
    pricebookItemId: id,
    itemId,
    rate: 0,
    discount: '',
    brackets: [
      { from: 1, to: TEN - 1, rate },
      { from: TEN, to: null, rate: many },
    ],
  };
}

const USERS: readonly [name: string, role: string, status: SimulatedUser['status']][] = [
  ['Demo Owner', 'admin', 'active'],
  ['Demo Accountant', 'staff', 'active'],
  ['Karrar Example', 'salesperson', 'active'],
  ['Noor Sample', 'salesperson', 'active'],
  ['Hassan Specimen', 'salesperson', 'active'],
  ['Dina Template', 'warehouse', 'invited'],
  ['Ali Muster', 'salesperson', 'inactive'],
];

const TAXES: readonly [name: string, percentage: number][] = [
  ['Exempt', 0],
  ['Sales Tax', 5],
];

/** Everything that a company has before its first document. */
export function generateMasters(items: readonly SimulatedItem[]): BookRecords {
  let lastId = FIRST_ID;
  const nextId = (): string => idOf((lastId += 1));
  const pricebooks = generatePricebooks(items, nextId);
  const taxes = TAXES.map(([name, percentage], index) => ({
    ...recorded,
    id: nextId(),
    name,
    percentage,
    isDefault: index === 0,
  }));
  const currencies = (Object.keys(CURRENCIES) as Currency[]).map((code) => ({
    ...recorded,
    id: CURRENCIES[code].id,
    code,
  }));
  const users = USERS.map(([name, role, status]) => ({
    ...recorded,
    id: nextId(),
    name,
    email: `${name.toLowerCase().replace(' ', '.')}@demo.example`,
    role,
    roleId: idOf(FIRST_ID - 100 - role.length),
    status,
  }));
  return {
    lastId,
    salesorders: [],
    invoices: [],
    creditnotes: [],
    bills: [],
    customerpayments: [],
    vendorpayments: [],
    inventoryadjustments: [],
    pricebooks,
    taxes,
    currencies,
    users,
  };
}
