import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { invoiceMapper } from '../../src/sync/entities/invoice.mapper.js';

const read = (name: string) => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));
const recorded = { ...read('books-invoice-detail').invoice, currency_code: 'USD' };
const map = (change: object) => invoiceMapper.toSnapshot(invoiceMapper.parse({ ...recorded, ...change }).remote);

describe('a recorded invoice', () => {
  test('is read whole from its detail and from the default payload of a webhook, and not from the list', () => {
    for (const body of [recorded, read('webhook-default-payload-invoice').invoice]) {
      expect(invoiceMapper.parse(body)).toMatchObject({
        remoteId: '5270413000000120045',
        whole: true,
        modifiedAt: new Date('2025-03-01T11:22:05Z'),
      });
    }
    expect(invoiceMapper.parse(read('books-invoices-list').invoices[0]).whole).toBe(false);
  });

  test('becomes what we keep of an invoice, with its totals as Zoho says them', () => {
    const { snapshot, warnings, parents } = map({});
    expect(warnings).toEqual([]);
    expect(snapshot).toMatchObject({
      externalRef: '5270413000000120045',
      partyRef: '5270413000000084011',
      number: 'INV-000231',
      status: 'SENT',
      draft: false,
      voided: false,
      day: '2025-03-01',
      dueOn: '2025-03-31',
      currency: 'USD',
      facts: {
        subtotal: '562.5',
        taxTotal: '84.38',
        discountTotal: '0',
        total: '646.88',
        balance: '646.88',
        paid: '0',
        reference: 'ERP-SO-88121',
        exchangeRate: '1',
        location: null,
      },
    });
    expect(snapshot.lines).toEqual([
      {
        orderLineRef: null,
        externalRef: '5270413000000120046',
        productRef: '5270413000000091003',
        description: 'Copper Pipe 15mm',
        quantity: '4.000',
        unitPrice: '125.5',
        discountPercent: '0',
        taxPercent: '15',
        lineTotal: '502',
        taxAmount: '75.3',
      },
      expect.objectContaining({ description: 'Site Visit', lineTotal: '60.5', taxAmount: '9.08' }),
    ]);
    expect(parents).toEqual([
      { entity: 'customers', remoteId: '5270413000000084011' },
      { entity: 'products', remoteId: '5270413000000091003', optional: true },
      { entity: 'products', remoteId: '5270413000000091011', optional: true },
      { entity: 'orders', remoteId: '5270413000000119870', optional: true },
    ]);
  });

  test.each([
    ['draft', 'DRAFT', { draft: true, voided: false }],
    ['void', 'VOID', { draft: false, voided: true }],
    ['partially_paid', 'PARTIALLY_PAID', { draft: false, voided: false }],
    ['viewed', 'VIEWED', { draft: false, voided: false }],
    ['overdue', 'OVERDUE', { draft: false, voided: false }],
    ['unpaid', 'UNPAID', { draft: false, voided: false }],
  ] as const)('in the state %s keeps it', (said, status, rest) => {
    expect(map({ status: said }).snapshot).toMatchObject({ status, ...rest, facts: { status: said } });
  });

  test('of a state that we do not know keeps its words', () => {
    const { snapshot, warnings } = map({ status: 'with_the_lawyer' });
    expect(snapshot).toMatchObject({ status: 'OTHER', facts: { status: 'with_the_lawyer' } });
    expect(warnings.map(({ code }) => code)).toEqual(['ODD_VALUE']);
  });

  test('has a discount of its own when its parts ask for one, and none when the lines have taken it', () => {
    const entity = map({ discount_type: 'entity_level', discount_total: 56.25, total: 590.63, balance: 590.63 });
    expect(entity.snapshot.facts).toMatchObject({ discountTotal: '56.25', total: '590.63' });
    expect(entity.warnings).toEqual([]);
    const item = map({ discount_type: 'item_level', discount_total: 12.5 });
    expect(item.snapshot.facts).toMatchObject({ discountTotal: '0', total: '646.88' });
    expect(item.warnings).toEqual([]);
  });

  test('whose parts do not come to its total keeps the total, and says so', () => {
    const { snapshot, warnings } = map({ total: 700 });
    expect(snapshot.facts.total).toBe('700');
    expect(warnings.map(({ code }) => code)).toEqual(['TOTAL_MISMATCH']);
  });

  test('takes shipping, adjustment and rounding into its parts', () => {
    const { snapshot, warnings } = map({ shipping_charge: 5, adjustment: -1.5, roundoff_value: 0.12, total: 650.5 });
    expect(snapshot.facts).toMatchObject({ shipping: '5', adjustment: '-1.5', rounding: '0.12', total: '650.5' });
    expect(warnings).toEqual([]);
  });

  test('in yuan is in RMB; without a currency of the company, a customer, a day or a total it is refused', () => {
    expect(map({ currency_code: 'CNY' }).snapshot.currency).toBe('RMB');
    for (const change of [
      { currency_code: 'SAR' },
      { customer_id: '' },
      { date: '' },
      { date: '31/12/2025' },
      { total: 'None' },
      { sub_total: '' },
    ]) {
      expect(() => map(change)).toThrow(expect.objectContaining({ code: 'BAD_PAYLOAD' }));
    }
    expect(map({ date: '05-03-2025', due_date: '' }).snapshot).toMatchObject({
      day: '2025-03-05',
      dueOn: '2025-03-05',
    });
  });

  test('keeps lines of unknown products, lump sums and discounts of either kind; a heading has no money', () => {
    const { snapshot } = map({
      line_items: [
        { line_item_id: 'a', name: 'Heading', line_item_category: 'header' },
        { line_item_id: 'b', name: 'Delivery', quantity: '', rate: 7, item_total: 7 },
        { line_item_id: 'c', item_id: 'x', name: 'Mouse', quantity: 2, rate: 10, discount: '10%', item_total: 18 },
        {
          line_item_id: 'd',
          item_id: '',
          name: '',
          description: 'Cable',
          quantity: 3,
          rate: 4,
          discount: 3,
          discount_amount: 3,
          item_total: 9,
        },
      ],
    });
    expect(
      snapshot.lines.map(({ externalRef, quantity, lineTotal, discountPercent, productRef, description }) => [
        externalRef,
        productRef,
        description,
        quantity,
        discountPercent,
        lineTotal,
      ]),
    ).toEqual([
      ['b', null, 'Delivery', '1.000', '0', '7'],
      ['c', 'x', 'Mouse', '2.000', '10', '18'],
      ['d', null, 'Cable', '3.000', '25', '9'],
    ]);
  });
});
