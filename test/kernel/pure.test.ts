import { productOwners } from '../../src/catalog/product.entity.js';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { businessDate, parseInstant } from '../../src/kernel/clock.js';
import { parseExactJson } from '../../src/kernel/exact-json.js';
import { normaliseText } from '../../src/kernel/normalise.js';
import { canonicalJson } from '../../src/kernel/hash.js';
import { newId, isId } from '../../src/kernel/ids.js';
import { languageOf } from '../../src/kernel/translate.js';
import { Decimal, decimalText, parseNumber, roundMoney } from '../../src/kernel/money.js';
import { assertOwned, foreignFields } from '../../src/kernel/ownership.js';
import { defineTransitions } from '../../src/kernel/transitions.js';
import { backoffMs } from '../../src/platform/queue/backoff.js';

describe('numbers from outside', () => {
  test.each<[unknown, string | 'absent' | 'odd']>([
    [12.5, '12.5'],
    ['12.5', '12.5'],
    ['1,234.50', '1234.5'],
    ['12,345,678', '12345678'],
    ['٢٥٫٥', '25.5'],
    ['-3', '-3'],
    [0, '0'],
    ['0', '0'],
    ['', 'absent'],
    [null, 'absent'],
    [undefined, 'absent'],
    ['None', 'absent'],
    ['null', 'absent'],
    ['12,34', 'odd'],
    ['1.234,50', 'odd'],
    ['10%', 'odd'],
    ['abc', 'odd'],
    [Number.NaN, 'odd'],
    [Number.POSITIVE_INFINITY, 'odd'],
    [{}, 'odd'],
    [true, 'odd'],
    ['1e400', 'odd'],
    [1e30, 'odd'],
  ])('%p is %p', (value, expected) => {
    const parsed = parseNumber(value);
    expect(parsed.kind === 'number' ? decimalText(parsed.value) : parsed.kind).toBe(expected);
  });

  test('no text that is no number ever becomes 0', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseNumber(text);
        if (parsed.kind === 'number' && parsed.value.isZero()) expect(text).toMatch(/[0\u0660\u06f0]/u);
      }),
    );
  });

  test('decimal text is canonical: equal amounts give equal text', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 6 }), (units, decimals) => {
        const plain = (units / 10 ** decimals).toFixed(decimals);
        expect(decimalText(plain)).toBe(decimalText(`${plain}${plain.includes('.') ? '000' : '.000'}`));
      }),
    );
  });

  test('money rounds half up by currency', () => {
    expect(roundMoney('1500.5', 'IQD')).toBe('1501');
    expect(roundMoney('0.125', 'USD')).toBe('0.13');
    expect(roundMoney('-0.125', 'USD')).toBe('-0.13');
  });

  test('the short way of rounding is the long one, for every text of an amount', () => {
    const text = fc
      .tuple(
        fc.boolean(),
        fc.integer({ min: 0, max: 99_999_999 }),
        fc.array(fc.constantFrom(...'0000159'), { maxLength: 6 }),
      )
      .map(([minus, whole, digits]) => `${minus ? '-' : ''}${whole}${digits.length > 0 ? `.${digits.join('')}` : ''}`);
    fc.assert(
      fc.property(text, fc.constantFrom('IQD' as const, 'USD' as const), (amount, currency) => {
        const long = new Decimal(amount).toFixed(currency === 'IQD' ? 0 : 2).replace(/^-(?=[0.]+$)/, '');
        expect(roundMoney(amount, currency)).toBe(long);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('ids and JSON', () => {
  test('19-digit ids keep their digits, quoted or not', () => {
    expect(
      parseExactJson('{"a":2646610000000001001,"b":"2646610000000001001","c":1.5,"d":3,"e":0.1000000000000000055}'),
    ).toEqual({
      a: '2646610000000001001',
      b: '2646610000000001001',
      c: 1.5,
      d: 3,
      e: '0.1000000000000000055',
    });
  });

  test('canonical JSON does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: [1, { z: 1, y: 2 }] } })).toBe(
      canonicalJson({ a: { c: [1, { y: 2, z: 1 }], d: 2 }, b: 1 }),
    );
  });

  test('ids are sortable by creation', () => {
    const ids = Array.from({ length: 100 }, newId);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every(isId)).toBe(true);
    expect(isId('nonsense')).toBe(false);
  });
});

describe('instants', () => {
  test.each<[unknown, string | null]>([
    ['2025-03-02T09:30:44+0300', '2025-03-02T06:30:44.000Z'],
    ['2025-03-02T09:30:44+03:00', '2025-03-02T06:30:44.000Z'],
    ['2025-03-02 09:30:44.123+00', '2025-03-02T09:30:44.123Z'],
    ['2025-03-02T09:30:44Z', '2025-03-02T09:30:44.000Z'],
    ['2025-03-02T09:30:44-0530', '2025-03-02T15:00:44.000Z'],
    ['2025-03-02T09:30:44', null],
    ['2025-03-02', null],
    ['02-03-2025', null],
    ['', null],
    [null, null],
    [1_740_900_000, null],
    ['2025-13-40T09:30:44+0300', null],
  ])('%p is %p', (text, expected) => {
    expect(parseInstant(text)?.toISOString() ?? null).toBe(expected);
  });
});

// Pairs of spellings that people use for one another; each finds the other.
const PAIRS: [string, string][] = [
  ['أحمد', 'احمد'],
  ['إبراهيم', 'ابراهيم'],
  ['آلة', 'اله'],
  ['ٱلكابل', 'الكابل'],
  ['كابلة', 'كابله'],
  ['طابعة', 'طابعه'],
  ['شاشة', 'شاشه'],
  ['سماعة', 'سماعه'],
  ['بطاقة', 'بطاقه'],
  ['حقيبة', 'حقيبه'],
  ['موسى', 'موسي'],
  ['مستشفى', 'مستشفي'],
  ['هدى', 'هدي'],
  ['كبرى', 'كبري'],
  ['على', 'علي'],
  ['مسؤول', 'مسوول'],
  ['لؤلؤ', 'لولو'],
  ['شاطئ', 'شاطي'],
  ['قارئ باركود', 'قاري باركود'],
  ['هيئة', 'هييه'],
  ['كابـــل', 'كابل'],
  ['شـــاحن', 'شاحن'],
  ['مُحَوِّل', 'محول'],
  ['كَابِل', 'كابل'],
  ['شَبَكَة', 'شبكه'],
  ['کابل', 'كابل'],
  ['کامیرا', 'كاميرا'],
  ['گابل', 'كابل'],
  ['پرنتر', 'برنتر'],
  ['چارجر', 'جارجر'],
  ['ڤيديو', 'فيديو'],
  ['١٢ فولت', '12 فولت'],
  ['۱۲ فولت', '12 فولت'],
  ['٣٠٥ متر', '305 متر'],
  ['۵ متر', '5 متر'],
  ['HDMI', 'hdmi'],
  ['Café', 'cafe'],
  ['Ｕ８', 'u8'],
  ['كابل  HDMI', 'كابل hdmi'],
  [' كابل ', 'كابل'],
  ['ماء', 'ما'],
  ['شراء', 'شرا'],
  ['جزء', 'جز'],
  ['الأجهزة', 'الاجهزه'],
  ['الإضاءة', 'الاضاه'],
  ['رأس', 'راس'],
  ['فأرة', 'فاره'],
  ['بئر', 'بير'],
  ['سؤال', 'سوال'],
  ['رئيسي', 'رييسي'],
  ['لوحة مفاتيح', 'لوحه مفاتيح'],
  ['نقطة وصول', 'نقطه وصول'],
  ['كاميرا مراقبة', 'كاميرا مراقبه'],
  ['ذاكرة', 'ذاكره'],
  ['وصلة', 'وصله'],
  ['قرص صلبٌ', 'قرص صلب'],
  ['\u200Fكابل', 'كابل'],
  ['كا\u200Cبل', 'كابل'],
  ['ﻛﺎﺑﻞ', 'كابل'],
  ['ﻻسلكي', 'لاسلكي'],
];

describe('folding for search', () => {
  test(`${PAIRS.length} pairs of spellings fold to the same text`, () => {
    expect(PAIRS.length).toBeGreaterThanOrEqual(60);
    expect(PAIRS.filter(([a, b]) => normaliseText(a) !== normaliseText(b))).toEqual([]);
  });

  test('different words stay different, and folding twice changes nothing', () => {
    expect(normaliseText('كابل')).not.toBe(normaliseText('كبل'));
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        (text) => normaliseText(normaliseText(text)) === normaliseText(text),
      ),
    );
  });
});

describe('state graphs and ownership', () => {
  const light = defineTransitions<'RED' | 'GREEN' | 'BROKEN'>({
    RED: ['GREEN', 'BROKEN'],
    GREEN: ['RED', 'BROKEN'],
    BROKEN: [],
  });

  test('an edge that is not there tells what is', () => {
    expect(light.isTerminal('BROKEN')).toBe(true);
    expect(() => light.assert('RED', 'GREEN')).not.toThrow();
    expect(() => light.assert('BROKEN', 'RED')).toThrow('BROKEN cannot become RED. BROKEN is final.');
  });

  test("in the parallel and gradual phases Zoho's fields refuse, in the full phase none does", () => {
    expect(() => assertOwned(productOwners, ['name'], 'parallel')).toThrow('these fields belong to Zoho: name');
    expect(() => assertOwned(productOwners, ['nameAr', 'reorderLevel'], 'parallel')).not.toThrow();
    expect(foreignFields(productOwners, Object.keys(productOwners), 'full')).toEqual([]);
    expect(() => assertOwned(productOwners, ['unheardOf'], 'full')).toThrow('has no owner');
  });
});

test('backoff stays within full jitter: 2^n seconds from 2 s to 10 min', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, dice) => {
      const ms = backoffMs(tries, () => dice);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(Math.min(1000 * 2 ** tries, 600_000));
    }),
  );
});

test('the language is the best of those we speak', () => {
  expect(languageOf('ar-IQ,ar;q=0.9,en;q=0.8')).toBe('ar');
  expect(languageOf('fr,en;q=0.5,ar;q=0.7')).toBe('ar');
  expect(languageOf('de')).toBe('en');
  expect(languageOf(undefined)).toBe('en');
});

describe('the business date', () => {
  const at = (text: string): Date => new Date(text);

  test('changes at midnight of its zone, not of UTC, and each zone has its own', () => {
    expect(businessDate('Asia/Baghdad', at('2026-11-21T20:59:59.999Z'))).toBe('2026-11-21');
    expect(businessDate('UTC', at('2026-11-21T21:00:00.000Z'))).toBe('2026-11-21');
    expect(businessDate('Asia/Baghdad', at('2026-11-21T21:00:00.000Z'))).toBe('2026-11-22');
    expect(businessDate('Asia/Kathmandu', at('2026-11-21T18:14:59.000Z'))).toBe('2026-11-21');
    expect(businessDate('Asia/Kathmandu', at('2026-11-21T18:15:00.000Z'))).toBe('2026-11-22');
  });
});
