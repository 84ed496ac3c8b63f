import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { layoutA4 } from '../../src/paper/a4.js';
import { visualRuns } from '../../src/paper/bidi-text.js';
import { amountText } from '../../src/paper/figures.js';
import { Frame, type Mark, type Measure } from '../../src/paper/frame.js';
import { printSheet } from '../../src/paper/pdf.js';
import type { Sheet } from '../../src/paper/sheet.js';
import {
  deliveryNoteSheet,
  invoiceSheet,
  orderSheet,
  paymentReceiptSheet,
  paymentVoucherSheet,
  saleReceiptSheet,
  statementSheet,
} from '../../src/paper/sheets.js';
import { layoutSlip } from '../../src/paper/slip.js';
import { openTypeface } from '../../src/paper/typeface.js';
import { invoice, order, payment, printing, shipment, statement } from './printed.js';
import { readPdf } from './read-pdf.js';

/** Every letter is half as wide as it is high: positions can be counted. */
const GRID: Measure = { width: ({ text }) => text.length / 2, printable: (text) => text };
const typeface = openTypeface();

type Text = Extract<Mark, { kind: 'text' }>;
const textsOf = (marks: readonly Mark[]): Text[] => marks.filter((mark): mark is Text => mark.kind === 'text');
const said = ({ runs }: Text): string => runs.map(({ text }) => text).join('');

describe('lines of a text', () => {
  const frame = new Frame(600, false, GRID);
  test.each([
    ['short', 100, ['short']],
    ['one two three', 7 * 5, ['one two', 'three']],
    ['unbreakable', 4 * 5, ['unbr', 'eaka', 'ble']],
    ['a verylongword b', 5 * 5, ['a', 'veryl', 'ongwo', 'rd b']],
    ['two\nlines', 100, ['two', 'lines']],
    ['', 100, ['']],
  ])('%j in a width of %d', (text, width, lines) => expect(frame.lines(text, { width, size: 10 })).toEqual(lines));

  test('a text of many lines is cut, so that no cell is taller than a page', () => {
    const lines = frame.lines('word '.repeat(500), { width: 25, size: 10 });
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toMatch(/…$/);
  });

  test('a figure that is too wide is written smaller, never broken', () => {
    const page = { width: 600, height: 800, marks: [] as Mark[] };
    frame.fitted(page, '999,999,999,999.99', { start: 0, width: 45, top: 0, size: 10, align: 'right' });
    const [mark] = textsOf(page.marks);
    expect(mark).toMatchObject({ size: 5, x: 0 });
  });
});

describe('pages', () => {
  test('from right to left, each line begins at the right and figures still stand at the right of their column', () => {
    const [left] = layoutA4(invoiceSheet(invoice(1), printing('en')), GRID);
    const [right] = layoutA4(invoiceSheet(invoice(1), printing('ar')), GRID);
    const find = (marks: readonly Mark[] | undefined, text: RegExp): Text | undefined =>
      textsOf(marks ?? []).find((mark) => text.test(said(mark)));
    const endOf = (mark: Text | undefined): number => (mark ? mark.x + (said(mark).length / 2) * mark.size : NaN);
    expect(find(left?.marks, /^Description/)?.x).toBeLessThan(200);
    expect(endOf(find(right?.marks, /^البيان/))).toBeGreaterThan(400);
    const head = find(right?.marks, /المبلغ/);
    const figure = find(right?.marks, /2,000\.50/);
    expect(endOf(figure)).toBeCloseTo(endOf(head), 5);
  });

  test.each([
    [0, 1],
    [1, 1],
    [200, 10],
  ])('%d lines take %d pages, each with its head and its number', (lines, count) => {
    const pages = layoutA4(invoiceSheet(invoice(lines), printing('en')), typeface);
    expect(pages).toHaveLength(count);
    pages.forEach(({ marks, height }, index) => {
      const texts = textsOf(marks).map(said);
      expect(texts.join(' ')).toContain('INV-BGD-00123');
      expect(texts).toContain(`Page ${index + 1} of ${count}`);
      const isLast = index === pages.length - 1;
      expect(texts.includes('Total')).toBe(isLast);
      expect(marks.some(({ kind }) => kind === 'code')).toBe(isLast);
      // Nothing is written into or below the footer's rule.
      for (const mark of textsOf(marks)) expect(mark.baseline).toBeLessThan(height - 20);
    });
  });

  test('at any length no row is lost, written twice, or written over the totals', () => {
    for (let lines = 0; lines <= 60; lines += 1) {
      const pages = layoutA4(invoiceSheet(invoice(lines), printing('en')), GRID);
      const numbers = pages.flatMap(({ marks }) =>
        textsOf(marks)
          .filter((mark) => mark.size > 9 && /^2,\d{3}\.50$/.test(said(mark)))
          .map((mark) => mark.baseline),
      );
      expect(numbers).toHaveLength(lines);
      const last = pages.at(-1)?.marks ?? [];
      const code = last.find(({ kind }) => kind === 'code') as Extract<Mark, { kind: 'code' }>;
      const rows = textsOf(last).filter((mark) => /^2,\d{3}\.50$/.test(said(mark)));
      if (lines > 0) expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row.baseline).toBeLessThan(code.y);
      expect(code.y + code.size).toBeLessThan(841.89 - 46);
    }
  });

  test('going live: a receipt is one strip of 80 mm, as long as it needs', () => {
    const [short, ...more] = layoutSlip(saleReceiptSheet(invoice(2), printing('ar')), typeface);
    const [long] = layoutSlip(saleReceiptSheet(invoice(40), printing('ar')), typeface);
    expect(more).toEqual([]);
    expect(short?.width).toBeCloseTo((80 / 25.4) * 72, 1);
    expect(long?.height).toBeGreaterThan((short?.height ?? 0) + 38 * 20);
  });

  test('a void document is stamped on each page', () => {
    const sheet = invoiceSheet(invoice(60, { voidedAt: '2026-11-22T10:00:00Z' }), printing('ar'));
    const pages = layoutA4(sheet, typeface);
    expect(pages.length).toBeGreaterThan(2);
    for (const { marks } of pages) expect(marks.filter(({ kind }) => kind === 'stamp')).toHaveLength(1);
    expect(sheet.totals.map(({ label }) => label)).not.toContain('المتبقي');
  });
});

describe('the font', () => {
  const glyphs = (text: string, face = typeface): string =>
    visualRuns(text, 'rtl')
      .map((run) => {
        face.width(run, false);
        return face
          .weight(false)
          .font.layout(run.text)
          .glyphs.map(({ id }) => id)
          .join(' ');
      })
      .join('|');

  test('letters are joined, and joined in the same way whatever was printed before', async () => {
    const fresh = glyphs('الهاتف');
    expect(fresh).not.toBe([...'فتاهلا'].map((letter) => glyphs(letter)).join(' '));
    const used = openTypeface();
    await printSheet(deliveryNoteSheet(shipment(), printing('en')), used);
    expect(glyphs('الهاتف', used)).toBe(fresh);
    expect(glyphs('هوائيات', used)).toBe(glyphs('هوائيات', openTypeface()));
  });

  test('what it lacks is a question mark; marks of direction and joiners leave no box', () => {
    expect(typeface.printable('网线 cable\u200b\ttwo')).toBe('?? cable two');
    const runs = visualRuns(typeface.printable('هاتف \u200e+964\u200f'), 'rtl');
    expect(runs.map(({ text }) => text).join('')).not.toMatch(/[\u200e\u200f]/);
    // Letters of Kurdish, and both kinds of digits.
    expect(typeface.printable('ڤ ێ ۆ ە ڕ ڵ گ چ پ ژ ٠١٢٣ ٫٬٪ 0123')).not.toContain('?');
  });
});

describe('a PDF read back', () => {
  const print = async (sheet: Sheet) => readPdf(await printSheet(sheet, typeface));

  test.each([
    ['en', 'LATIN'],
    ['ar', 'LATIN'],
    ['ar', 'ARABIC_INDIC'],
  ] as const)('an invoice has every figure of its document to the last digit (%s, %s)', async (language, digits) => {
    const document = invoice(25);
    const { pages, title } = await print(invoiceSheet(document, printing(language, digits)));
    const text = pages.join('\n');
    const plain = (amount: string): string =>
      amountText(amount, 'USD', { language, digits }).replace(/[\u2066\u2069]/g, '');
    for (const amount of [
      ...document.lines.flatMap(({ unitPrice, lineTotal }) => [unitPrice, lineTotal]),
      document.subtotal,
      document.total,
      document.shipping,
      document.paid,
      document.balance,
    ]) {
      expect(text).toContain(plain(amount));
    }
    expect(title).toContain('INV-BGD-00123');
    expect(text).toContain('INV-BGD-00123');
    expect(text).toContain('SO-BGD-00077');
  });

  test('Arabic text is found in the order in which it is read', async () => {
    const { pages } = await print(invoiceSheet(invoice(3), printing('ar')));
    const text = pages.join('\n');
    for (const words of ['راوتر بأربعة', 'محول', 'فاتورة', 'بغداد']) expect(text).toContain(words);
  });

  test('a statement runs to the closing balance, over many pages', async () => {
    const long = statement(1_500);
    const { pages } = await print(statementSheet(long, printing('en')));
    expect(pages.length).toBeGreaterThan(40);
    expect(pages[1]).toContain('Statement of account C00042');
    expect(pages[1]).toMatch(/Date\s+Entry\s+Charge\s+Payment\s+Balance/);
    expect(pages[1]).toContain(`Page 2 of ${pages.length}`);
    // 120.50 + 750 x (100.10 - 75.25)
    expect(pages.at(-1)).toContain('$18,758.00');
    expect(pages.slice(0, -1).join('\n')).not.toContain('Closing balance');
  });

  test('a delivery note names what has left, and no price', async () => {
    const { pages } = await print(deliveryNoteSheet(shipment(), printing('en')));
    const text = pages.join('\n');
    expect(text).toContain('Cat6 UTP cable 305 m, grey');
    expect(text).toContain('1.5');
    expect(text).not.toContain('USB-C');
    expect(text).not.toMatch(/1,000\.25|2,000\.50|4,012\.75|\$/);
    expect(text).toMatch(/Delivered by\s+Received by/);
  });

  test('a draft is a quotation; what was agreed is an order', async () => {
    const titles = [order(), order({ status: 'CONFIRMED' }), order({ status: 'CANCELLED' })].map((one) => {
      const { title, stamp } = orderSheet(one, printing('en'));
      return [title, stamp];
    });
    expect(titles).toEqual([
      ['Quotation', null],
      ['Sales order', null],
      ['Sales order', 'CANCELLED'],
    ]);
  });

  test('a receipt and a voucher say who, how much, how and for what', async () => {
    const receipt = (await print(paymentReceiptSheet(payment(), printing('en')))).pages.join('\n');
    for (const part of [
      'PAY-BGD-00031',
      'Al-Noor Computers',
      'Cash',
      'FIB 99812',
      'INV-BGD-00119',
      'IQD 700,000',
      'IQD 50,000',
      'IQD 750,000',
    ]) {
      expect(receipt).toContain(part);
    }
    const voucher = (await print(paymentVoucherSheet(payment({ settles: [] }), printing('en')))).pages.join('\n');
    for (const part of ['Payment voucher', 'Paid to', 'IQD 750,000', 'Approved by']) expect(voucher).toContain(part);
  });

  test('fonts are embedded as the glyphs that are used, and the logo as an image', async () => {
    const png = await sharp({ create: { width: 60, height: 30, channels: 3, background: '#123' } })
      .png()
      .toBuffer();
    const { letterhead } = printing('ar');
    const plain = await printSheet(invoiceSheet(invoice(3), printing('ar')), typeface);
    const sheet = invoiceSheet(
      invoice(3),
      printing('ar', 'LATIN', { letterhead: { ...letterhead, logo: { png, width: 60, height: 30 } } }),
    );
    const withLogo = Buffer.from(await printSheet(sheet, typeface));
    // The two weights have 440 kB.
    expect(plain.length).toBeLessThan(60_000);
    expect(withLogo.includes('/Subtype /Image')).toBe(true);
    expect(withLogo.toString('latin1').match(/[A-Z]{6}\+IBMPlexSansArabic/g)?.length).toBeGreaterThan(1);
  });
});
