import type {
  PricedLine,
  PrintedInvoice,
  PrintedOrder,
  PrintedPayment,
  PrintedShipment,
  PrintedStatement,
} from '../../src/paper/printed.js';
import type { Printing } from '../../src/paper/sheets.js';

/** Documents as the queries answer them, for tests of what becomes of them on paper. */
export const CUSTOMER = {
  code: 'C00042',
  name: 'Al-Noor Computers',
  nameAr: 'شركة النور للحاسبات (فرع الكرادة)',
  phone: '+964 770 123 4567',
  city: 'بغداد',
  taxNumber: '123456789',
};

const GOODS = [
  ['Cat6 UTP cable 305 m, grey', 'كيبل شبكة Cat6 UTP طول 305 متر رمادي', 'CBL-C6-305'],
  ['USB-C to HDMI adapter (4K)', 'محول USB-C إلى HDMI (4K)', 'ADP-UCH-4K'],
  ['Router with four antennas', 'راوتر بأربعة هوائيات', 'RT-C6'],
] as const;

export const priced = (index: number): PricedLine => {
  const [name, nameAr, sku] = GOODS[index % GOODS.length] as (typeof GOODS)[number];
  return {
    description: name,
    quantity: '2.000',
    unitPrice: `${1_000 + index}.250000`,
    discountPercent: '0.000',
    taxPercent: '0.000',
    lineTotal: `${2_000 + 2 * index}.500000`,
    product: { sku, name, nameAr },
  };
};

export const invoice = (lines: number, change: Partial<PrintedInvoice> = {}): PrintedInvoice => ({
  number: 'INV-BGD-00123',
  customer: CUSTOMER,
  order: { number: 'SO-BGD-00077' },
  issuedOn: '2026-11-22',
  dueOn: '2026-12-22',
  currency: 'USD',
  exchangeRate: '1310.000000',
  subtotal: '4005.000000',
  discountTotal: '5.000000',
  taxTotal: '0.000000',
  shipping: '12.750000',
  adjustment: '0.000000',
  total: '4012.750000',
  paid: '1000.000000',
  credited: '0.000000',
  balance: '3012.750000',
  voidedAt: null,
  lines: Array.from({ length: lines }, (_, index) => priced(index)),
  ...change,
});

export const order = (change: Partial<PrintedOrder> = {}): PrintedOrder => ({
  ...invoice(2),
  number: 'SO-BGD-00077',
  status: 'DRAFT',
  orderedOn: '2026-11-20',
  expectedOn: null,
  validUntil: '2026-12-01',
  deliveryAddress: null,
  ...change,
});

export const shipment = (): PrintedShipment => ({
  number: 'SH-BGD-00012',
  customer: CUSTOMER,
  order: {
    number: 'SO-BGD-00077',
    deliveryAddress: 'بغداد، الكرادة داخل، محلة 905، زقاق 12، دار 7 - قرب جامع السيد إدريس',
  },
  shippedOn: '2026-11-22',
  voidedAt: null,
  lines: [{ ...priced(0), quantity: '1.500' }],
});

export const payment = (change: Partial<PrintedPayment> = {}): PrintedPayment => ({
  number: 'PAY-BGD-00031',
  party: CUSTOMER,
  day: '2026-11-22',
  method: 'CASH',
  currency: 'IQD',
  amount: '750000.000000',
  unapplied: '50000.000000',
  reference: 'FIB 99812',
  voidedAt: null,
  settles: [{ number: 'INV-BGD-00119', currency: 'IQD', amount: '700000' }],
  ...change,
});

export const statement = (entries: number): PrintedStatement => ({
  customer: CUSTOMER,
  currency: 'USD',
  from: '2026-01-01',
  to: '2026-11-22',
  opening: '120.50',
  entries: Array.from({ length: entries }, (_, index) => ({
    enteredOn: '2026-03-15',
    kind: index % 2 === 0 ? 'INVOICE' : 'PAYMENT',
    number: `N-${index}`,
    amount: index % 2 === 0 ? '100.10' : '-75.25',
  })),
});

export const printing = (
  language: 'ar' | 'en',
  digits: 'LATIN' | 'ARABIC_INDIC' = 'LATIN',
  change: Partial<Printing> = {},
): Printing => ({
  style: { language, digits },
  letterhead: { name: language === 'ar' ? 'شركة تي إس إتش' : 'TSH Trading', lines: ['Baghdad'], logo: null },
  footer: [],
  today: '2026-11-22',
  url: 'https://erp.example.com/verify/I.AZq3fK1bcx2YQmB1o0mPDQ..h2JmKq8dWz4r.3mNq0x8sT1uVwXyZabCdEf',
  ...change,
});
