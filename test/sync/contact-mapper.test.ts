import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { customerMapper, vendorMapper } from '../../src/sync/entities/contact.mapper.js';

const read = (name: string) => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));
const recorded = read('books-contact-detail').contact;
const row = read('books-contacts-list').contacts[0];
const map = (change: object) => customerMapper.toSnapshot(customerMapper.parse({ ...recorded, ...change }).remote);

describe('a recorded contact', () => {
  test('is read whole from its detail and from the default payload of a webhook, and not from the list', () => {
    const webhook = read('webhook-default-payload-contact').contact;
    for (const body of [recorded, webhook]) {
      expect(customerMapper.parse(body)).toMatchObject({
        remoteId: '5270413000000084011',
        entity: 'customers',
        whole: true,
        modifiedAt: new Date('2025-02-11T13:45:09Z'),
      });
    }
    expect(customerMapper.parse(row)).toMatchObject({ remoteId: '5270413000000084011', whole: false });
  });

  test('becomes what we keep of a customer', () => {
    const { snapshot, warnings } = map({ currency_code: 'USD', credit_limit: 2500.5, tax_reg_no: '300012345' });
    expect(snapshot).toEqual({
      externalRef: '5270413000000084011',
      name: 'Al Noor Contracting',
      nameAr: undefined,
      company: 'Al Noor Contracting Est.',
      phone: '+966500000001',
      email: 'omar@example.com',
      city: 'Riyadh',
      taxNumber: '300012345',
      currency: 'USD',
      creditLimit: '2500.5',
      paymentTermsDays: 30,
      notes: null,
      active: true,
      priceListRef: '5270413000000066010',
      addresses: [
        {
          externalRef: '5270413000000084013',
          label: 'shipping',
          line: 'Exit 9 Warehouse',
          city: 'Riyadh',
          governorate: 'Riyadh',
          phone: null,
          isDefault: true,
        },
        {
          externalRef: '5270413000000084012',
          label: 'billing',
          line: 'Olaya St 12',
          city: 'Riyadh',
          governorate: 'Riyadh',
          phone: null,
          isDefault: false,
        },
      ],
      persons: [
        {
          externalRef: '5270413000000084015',
          name: 'Omar Zahrani',
          position: 'Buyer',
          phone: '+966500000001',
          email: 'omar@example.com',
        },
      ],
    });
    expect(warnings).toEqual([]);
  });

  test.each<[string, object, string, unknown]>([
    ['a currency that the books do not know', {}, 'currency', undefined],
    ['the ISO code of the yuan', { currency_code: 'CNY' }, 'currency', 'RMB'],
    ['terms at the end of a month', { payment_terms: -1 }, 'paymentTermsDays', undefined],
    ['terms as text', { payment_terms: '15' }, 'paymentTermsDays', 15],
    ['an empty credit limit', { credit_limit: '' }, 'creditLimit', undefined],
    ['a negative credit limit', { credit_limit: -5 }, 'creditLimit', undefined],
    ['no price list', { pricebook_id: '' }, 'priceListRef', null],
    ['an inactive contact', { status: 'inactive' }, 'active', false],
    ['an unknown status', { status: 'crm' }, 'active', undefined],
    ['an invalid e-mail address', { email: 'not an address' }, 'email', undefined],
    ['a mobile number alone', { phone: '', mobile: '+964 700 1' }, 'phone', '+964 700 1'],
    ['no name but a company', { contact_name: '' }, 'name', 'Al Noor Contracting Est.'],
    ['an Arabic name', { custom_fields: [{ api_name: 'cf_name_ar', value: 'النور' }] }, 'nameAr', 'النور'],
    ['no persons said', { contact_persons: undefined }, 'persons', undefined],
    ['no persons left', { contact_persons: [] }, 'persons', []],
  ])('%s', (_name, change, field, expected) => {
    expect((map(change).snapshot as any)[field]).toEqual(expected);
  });

  test('what is odd is named in a warning, what is only missing is not', () => {
    expect(map({ payment_terms: 'soon', status: 'crm', credit_limit: '' }).warnings.map(({ field }) => field)).toEqual([
      'currency_code',
      'payment_terms',
      'status',
    ]);
  });

  test('an address form that nobody filled in is no address', () => {
    const empty = { address_id: '1', address: '', street2: '', city: 'Basra' };
    expect(map({ billing_address: empty, shipping_address: empty }).snapshot).toMatchObject({
      addresses: [],
      city: 'Basra',
    });
  });

  test('of the type vendor belongs to the vendors', () => {
    const parsed = vendorMapper.parse({ ...recorded, contact_type: 'vendor' });
    expect(parsed.entity).toBe('vendors');
    expect(vendorMapper.toSnapshot(parsed.remote).snapshot).toEqual({
      externalRef: '5270413000000084011',
      name: 'Al Noor Contracting',
      nameAr: undefined,
      phone: '+966500000001',
      email: 'omar@example.com',
      currency: undefined,
      paymentTermsDays: 30,
      notes: null,
      active: true,
    });
  });

  test('without an id is refused', () => {
    expect(() => customerMapper.parse({ ...recorded, contact_id: '' })).toThrow('contact_id');
  });
});
