import { describe, expect, test } from '@jest/globals';
import { directionOf, isolated, visualRuns } from '../../src/paper/bidi-text.js';
import {
  amountText,
  dayText,
  type FigureStyle,
  moneyText,
  percentText,
  quantityText,
} from '../../src/paper/figures.js';

const ENGLISH: FigureStyle = { language: 'en', digits: 'LATIN' };
const LATIN: FigureStyle = { language: 'ar', digits: 'LATIN' };
const ARABIC: FigureStyle = { language: 'ar', digits: 'ARABIC_INDIC' };

/** The runs of a line from left to right, those that run to the left in angle brackets. */
const seen = (line: string, base: 'ltr' | 'rtl' = 'rtl'): string =>
  visualRuns(line, base)
    .map(({ text, direction }) => (direction === 'rtl' ? `<${text}>` : text))
    .join('|');

describe('figures on paper', () => {
  test.each([
    ['0', 'IQD', ENGLISH, '0'],
    ['1250000.000000', 'IQD', ENGLISH, '1,250,000'],
    ['999', 'IQD', ENGLISH, '999'],
    ['12.5', 'USD', ENGLISH, '12.50'],
    ['12.125000', 'USD', ENGLISH, '12.125'],
    ['0.000001', 'IQD', ENGLISH, '0.000001'],
    ['-1234.5', 'USD', ENGLISH, '-1,234.50'],
    ['-0', 'USD', ENGLISH, '0.00'],
    ['999999999999.999999', 'USD', ENGLISH, '999,999,999,999.999999'],
    ['1250000', 'IQD', LATIN, isolated('1,250,000')],
    ['1234.5', 'USD', ARABIC, isolated('١٬٢٣٤٫٥٠')],
  ])('%s %s is %s', (amount, currency, style, text) => expect(amountText(amount, currency, style)).toBe(text));

  test.each([
    ['1250000', 'IQD', ENGLISH, 'IQD 1,250,000'],
    ['12.5', 'USD', ENGLISH, '$12.50'],
    ['-12.5', 'USD', ENGLISH, '-$12.50'],
    ['7', 'RMB', ENGLISH, 'RMB 7.00'],
    ['1250000', 'IQD', LATIN, `${isolated('1,250,000')} د.ع`],
    ['1250000', 'IQD', ARABIC, `${isolated('١٬٢٥٠٬٠٠٠')} د.ع`],
    ['12.5', 'USD', ARABIC, isolated('$١٢٫٥٠')],
    ['7', 'RMB', LATIN, `${isolated('7.00')} يوان`],
  ])('%s %s with its currency is %s', (amount, currency, style, text) =>
    expect(moneyText(amount, currency, style)).toBe(text),
  );

  test('days, quantities and percentages follow the language', () => {
    expect([dayText('2026-11-22', ENGLISH), dayText('2026-11-22', LATIN), dayText('2026-11-22', ARABIC)]).toEqual([
      '2026-11-22',
      isolated('2026/11/22'),
      isolated('٢٠٢٦/١١/٢٢'),
    ]);
    expect([quantityText('2.500', ENGLISH), quantityText('2.000', ARABIC)]).toEqual(['2.5', isolated('٢')]);
    expect([percentText('5.000', ENGLISH), percentText('7.5', ARABIC)]).toEqual(['5%', isolated('٧٫٥٪')]);
  });
});

describe('lines of two directions', () => {
  test.each([
    ['فاتورة', '<فاتورة>'],
    ['كيبل USB-C أسود', '< أسود>|USB-C|<كيبل >'],
    ['طول 2 متر', '< متر>|2|<طول >'],
    // Brackets are mirrored; the run stays in the order in which it is read.
    ['شركة (النور)', '<شركة )النور(>'],
    ['محول HDMI (4K)', 'HDMI (4K)|<محول >'],
  ])('%s', (line, runs) => expect(seen(line)).toBe(runs));

  test('a figure stays in one piece, its sign on the left', () => {
    expect(seen(`الخصم ${isolated('-1,250')} د.ع`)).toBe('< د.ع>|-1,250|<الخصم >');
    expect(seen(`التاريخ ${isolated('٢٠٢٦/١١/٢٢')}`)).toBe('٢٠٢٦/١١/٢٢|<التاريخ >');
    expect(seen(`هاتف: ${isolated('+964 770 123 4567')}`)).toBe('+964 770 123 4567|<هاتف: >');
  });

  test('the first letter decides the direction; figures and what is isolated do not', () => {
    expect(
      ['abc', 'بيت abc', '123', isolated('abc'), `${isolated('abc')} بيت`].map((text) => directionOf(text, 'rtl')),
    ).toEqual(['ltr', 'rtl', 'rtl', 'rtl', 'rtl']);
    expect(directionOf('123', 'ltr')).toBe('ltr');
  });
});
