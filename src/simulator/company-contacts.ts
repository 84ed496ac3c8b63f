import { seededRandom } from './company.js';
import type { SimulatedRecord } from './records.js';

/** Customers and vendors of the demo company, all of them invented. Deterministic: the same count gives the same people. */
export interface SimulatedContact extends SimulatedRecord {
  contactId: string;
  type: 'customer' | 'vendor';
  name: string;
  nameAr: string | null;
  company: string;
  firstName: string;
  lastName: string;
  designation: string;
  email: string;
  phone: string;
  city: string;
  /** Empty for a contact without an address. */
  street: string;
  currency: 'IQD' | 'USD' | 'CNY';
  paymentTerms: number;
  creditLimit: number | '';
  taxNumber: string;
  notes: string;
  /** A price book at Zoho; empty for the standard prices. */
  pricebookId: string;
  customFields?: Record<string, string>;
}

const FIRST = [
  'Waha',
  'Rafid',
  'Sinbad',
  'Ishtar',
  'Zaytoun',
  'Mashriq',
  'Najma',
  'Sama',
  'Barq',
  'Nahr',
  'Burj',
  'Jisr',
];
const FIRST_AR = ['واحة', 'رافد', 'سندباد', 'عشتار', 'زيتون', 'مشرق', 'نجمة', 'سما', 'برق', 'نهر', 'برج', 'جسر'];
const TRADES = [
  { en: 'Electronics', ar: 'للإلكترونيات' },
  { en: 'Computers', ar: 'للحاسبات' },
  { en: 'Trading', ar: 'للتجارة' },
  { en: 'Networks', ar: 'للشبكات' },
  { en: 'Mobile', ar: 'للموبايل' },
];
const PERSONS = ['Ali', 'Zainab', 'Karrar', 'Noor', 'Hassan', 'Shahad', 'Mustafa', 'Dina'];
const FAMILIES = ['Example', 'Sample', 'Specimen', 'Muster', 'Template'];
const CITIES = ['Baghdad', 'Basra', 'Erbil', 'Najaf', 'Karbala', 'Mosul', 'Kirkuk', 'Babil'];
const TERMS = [0, 0, 7, 15, 30, 30, 60];

const DAY_MS = 86_400_000;
const BEGIN_MS = 1_704_067_200_000;
const VENDOR_SHARE = 0.15;

export function generateContacts(count: number): SimulatedContact[] {
  const random = seededRandom(20_251_114);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  return Array.from({ length: count }, (_none, index): SimulatedContact => {
    const vendor = random() < VENDOR_SHARE;
    const word = Math.floor(random() * FIRST.length);
    const trade = pick(TRADES);
    const number = index + 1;
    const createdMs = BEGIN_MS + Math.floor(random() * 600) * DAY_MS + Math.floor(random() * DAY_MS);
    const hasPerson = random() < 0.8;
    return {
      contactId: String(2_646_620_000_000_000_000n + BigInt(index) * 2089n + 7n),
      type: vendor ? 'vendor' : 'customer',
      // Unique in an organisation, so the number is part of it.
      name: `${FIRST[word]} ${trade.en} ${number}`,
      nameAr: random() < 0.5 ? `${FIRST_AR[word]} ${trade.ar} ${number}` : null,
      company: random() < 0.7 ? `${FIRST[word]} ${trade.en} Company ${number}` : '',
      firstName: hasPerson ? pick(PERSONS) : '',
      lastName: hasPerson ? pick(FAMILIES) : '',
      designation: random() < 0.4 ? 'Buyer' : '',
      email: random() < 0.5 ? `contact${number}@demo.example` : '',
      phone: `+964 700 ${String(1_000_000 + number).replace(/^(\d{3})/, '$1 ')}`,
      city: pick(CITIES),
      street: random() < 0.75 ? `Street ${1 + Math.floor(random() * 60)}, shop ${1 + Math.floor(random() * 20)}` : '',
      currency: vendor ? pick(['USD', 'USD', 'CNY'] as const) : pick(['IQD', 'IQD', 'USD'] as const),
      paymentTerms: pick(TERMS),
      creditLimit: vendor || random() < 0.5 ? '' : 1000 * Math.ceil(random() * 20),
      taxNumber: random() < 0.2 ? String(900_000 + number) : '',
      notes: '',
      pricebookId: '',
      active: random() < 0.9,
      createdMs,
      modifiedMs: createdMs + Math.floor(random() * 60) * DAY_MS,
      deleted: false,
    };
  });
}
