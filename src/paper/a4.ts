import { Frame, GREY, type Measure, type Page, SHADE } from './frame.js';
import { countText } from './figures.js';
import { type Column, type Fact, isRightToLeft, type Row, type Sheet } from './sheet.js';
import { filled, wordsOf } from './words.js';

const WIDTH = 595.28;
const HEIGHT = 841.89;
const MARGIN = 38;
const INNER = WIDTH - 2 * MARGIN;
/** Below this is the footer. */
const BOTTOM = HEIGHT - 58;
const PADDING = 5;
const BODY = 9.5;
const SMALL = 8;
const CODE = 84;
const TOTALS = 250;

interface PlacedColumn extends Column {
  start: number;
  width: number;
}

/** The pages of a sheet on A4: heads stand on each page, totals and code on the last. */
export function layoutA4(sheet: Sheet, measure: Measure): Page[] {
  return new A4(sheet, measure).pages();
}

class A4 {
  private readonly frame: Frame;
  private readonly columns: readonly PlacedColumn[];
  private readonly done: Page[] = [];
  private page: Page;
  private top = MARGIN;
  /** Rows on the present page: the last one goes to the next page with the totals, so that these do not stand alone. */
  private rowsOnPage = 0;

  constructor(
    private readonly sheet: Sheet,
    measure: Measure,
  ) {
    this.frame = new Frame(WIDTH, isRightToLeft(sheet.style.language), measure);
    const shares = sheet.columns.reduce((sum, { share }) => sum + share, 0);
    let start = MARGIN;
    this.columns = sheet.columns.map((column) => {
      const width = (column.share / shares) * INNER;
      const placed = { ...column, start, width };
      start += width;
      return placed;
    });
    this.page = this.newPage();
  }

  pages(): Page[] {
    this.firstHead();
    const { rows } = this.sheet;
    if (this.columns.length > 0) this.tableHead();
    const tail = this.tailHeight();
    rows.forEach((row, index) => {
      const height = this.rowHeight(row);
      const isLast = index === rows.length - 1;
      const needed = isLast && this.rowsOnPage > 0 ? height + tail : height;
      if (this.top + needed > BOTTOM && this.rowsOnPage > 0) this.turn(true);
      this.row(row, height);
    });
    if (this.top + tail > BOTTOM) this.turn(false);
    this.tail();
    this.done.push(this.page);
    this.done.forEach((page, index) => this.footer(page, index + 1));
    return this.done;
  }

  private newPage(): Page {
    const page: Page = { width: WIDTH, height: HEIGHT, marks: [] };
    if (this.sheet.stamp !== null) this.frame.stamp(page, this.sheet.stamp, 110);
    return page;
  }

  private turn(withTable: boolean): void {
    this.done.push(this.page);
    this.page = this.newPage();
    this.rowsOnPage = 0;
    this.nextHead();
    if (withTable) this.tableHead();
  }

  private firstHead(): void {
    const { frame, page, sheet } = this;
    const { letterhead } = sheet;
    const half = INNER * 0.58;
    let nameStart = MARGIN;
    let logoHeight = 0;
    if (letterhead.logo) {
      const { width, height } = letterhead.logo;
      const scale = Math.min(110 / width, 56 / height);
      const size = { width: width * scale, height: height * scale };
      page.marks.push({ kind: 'logo', x: frame.left(MARGIN, size.width), y: MARGIN, ...size });
      nameStart += size.width + 12;
      logoHeight = size.height;
    }
    const nameWidth = half - (nameStart - MARGIN);
    let left = MARGIN - 4;
    left += frame.text(page, letterhead.name, { start: nameStart, width: nameWidth, top: left, size: 14, bold: true });
    for (const line of letterhead.lines) {
      left += frame.text(page, line, { start: nameStart, width: nameWidth, top: left, size: SMALL, color: GREY });
    }
    const right = { start: MARGIN + half, width: INNER - half, align: 'end' } as const;
    let end = MARGIN - 6;
    end += frame.text(page, sheet.title, { ...right, top: end, size: 19, bold: true });
    end += frame.text(page, sheet.number, { ...right, top: end, size: 11, color: GREY });
    this.top = Math.max(left, end, MARGIN + logoHeight) + 10;
    frame.rule(page, { start: MARGIN, width: INNER, y: this.top });
    this.top += 10;
    this.parties();
  }

  private parties(): void {
    const { frame, page, sheet } = this;
    const width = INNER * 0.54;
    let party = this.top;
    if (sheet.party) {
      const { heading, lines } = sheet.party;
      party += frame.text(page, heading, { start: MARGIN, width, top: party, size: SMALL, color: GREY });
      lines.forEach((line, index) => {
        const size = index === 0 ? 11 : 9;
        party += frame.text(page, line, { start: MARGIN, width, top: party, size, bold: index === 0 });
      });
    }
    const facts = this.facts(sheet.facts, this.top);
    this.top = Math.max(party, facts) + 12;
  }

  /** Labels and values in the half where lines end. */
  private facts(facts: readonly Fact[], from: number): number {
    const { frame, page } = this;
    const start = MARGIN + INNER * 0.58;
    const width = INNER * 0.42;
    const labelWidth = width * 0.42;
    let top = from;
    for (const { label, value } of facts) {
      const named = frame.text(page, label, { start, width: labelWidth, top: top + 0.8, size: 8.5, color: GREY });
      const valueStart = start + labelWidth;
      const said = frame.text(page, value, {
        start: valueStart,
        width: width - labelWidth,
        top,
        size: BODY,
        align: 'end',
      });
      top += Math.max(named, said) + 1.5;
    }
    return top;
  }

  private nextHead(): void {
    const { frame, page, sheet } = this;
    const half = INNER * 0.6;
    const size = 9.5;
    const [name = ''] = frame.lines(sheet.letterhead.name, { width: half, size, bold: true });
    frame.write(page, [name], { start: MARGIN, width: half, top: MARGIN - 6, size, bold: true });
    const title = `${sheet.title} ${sheet.number}`;
    frame.fitted(page, title, {
      start: MARGIN + half,
      width: INNER - half,
      top: MARGIN - 6,
      size,
      align: 'end',
      color: GREY,
    });
    frame.rule(page, { start: MARGIN, width: INNER, y: MARGIN + 12 });
    this.top = MARGIN + 22;
  }

  private tableHead(): void {
    const { frame, page } = this;
    const size = 8.5;
    const heads = this.columns.map((column) =>
      frame.lines(column.label, { width: column.width - 2 * PADDING, size, bold: true }),
    );
    const height = frame.heightOf(Math.max(...heads.map(({ length }) => length)), size) + 6;
    page.marks.push({ kind: 'box', x: MARGIN, y: this.top, width: INNER, height, color: SHADE });
    this.columns.forEach((column, index) => {
      frame.write(page, heads[index] ?? [], { ...this.cell(column), top: this.top + 3, size, bold: true });
    });
    this.top += height;
  }

  private cell({ start, width, kind }: PlacedColumn) {
    const align: 'right' | 'start' = kind === 'figure' ? 'right' : 'start';
    return { start: start + PADDING, width: width - 2 * PADDING, align };
  }

  private rowHeight(row: Row): number {
    const heights = this.columns.map((column, index) => {
      const cell = row.cells[index] ?? '';
      if (column.kind === 'figure') return this.frame.heightOf(1, BODY);
      const [text, below] = typeof cell === 'string' ? [cell, ''] : cell;
      const { width } = this.cell(column);
      const bold = row.strong === true;
      const lines = this.frame.lines(text, { width, size: BODY, bold }).length;
      const small = below === '' ? 0 : this.frame.lines(below, { width, size: SMALL }).length;
      return this.frame.heightOf(lines, BODY) + this.frame.heightOf(small, SMALL);
    });
    return Math.max(...heights) + 6;
  }

  private row(row: Row, height: number): void {
    const { frame, page } = this;
    const bold = row.strong === true;
    this.columns.forEach((column, index) => {
      const cell = row.cells[index] ?? '';
      const [text, below] = typeof cell === 'string' ? [cell, ''] : cell;
      const place = this.cell(column);
      const top = this.top + 3;
      if (column.kind === 'figure') return frame.fitted(page, text, { ...place, top, size: BODY, bold });
      const taken = frame.text(page, text, { ...place, top, size: BODY, bold });
      if (below !== '') frame.text(page, below, { ...place, top: top + taken, size: SMALL, color: GREY });
    });
    this.top += height;
    frame.rule(page, { start: MARGIN, width: INNER, y: this.top });
    this.rowsOnPage += 1;
  }

  private remarkLines() {
    return this.sheet.remarks.map(({ label, value }) =>
      this.frame.lines(`${label}: ${value}`, { width: INNER - TOTALS - 12, size: 9 }),
    );
  }

  private tailHeight(): number {
    const { frame, sheet } = this;
    const totals = sheet.totals.reduce((sum, { strong }) => sum + this.totalHeight(strong), 0);
    const remarks = this.remarkLines().reduce((sum, lines) => sum + frame.heightOf(lines.length, 9) + 2, 0);
    const signatures = sheet.signatures.length > 0 ? 66 : 0;
    return 12 + Math.max(totals, remarks + 6 + CODE) + signatures;
  }

  private totalHeight(strong: boolean | undefined): number {
    return this.frame.heightOf(1, strong ? 11 : BODY) + (strong ? 7 : 3);
  }

  private tail(): void {
    const { frame, page, sheet } = this;
    const from = this.top + 12;
    let totals = from;
    const start = MARGIN + INNER - TOTALS;
    for (const { label, value, strong } of sheet.totals) {
      const size = strong ? 11 : BODY;
      const height = this.totalHeight(strong);
      if (strong) {
        const x = frame.left(start, TOTALS);
        page.marks.push({ kind: 'box', x, y: totals, width: TOTALS, height: height - 1, color: SHADE });
      }
      const top = totals + (strong ? 3 : 1);
      const labelWidth = TOTALS * 0.46;
      frame.fitted(page, label, {
        start: start + PADDING,
        width: labelWidth - PADDING,
        top,
        size,
        bold: strong ?? false,
      });
      const width = TOTALS - labelWidth - PADDING;
      frame.fitted(page, value, { start: start + labelWidth, width, top, size, bold: strong ?? false, align: 'right' });
      totals += height;
    }
    let left = from;
    for (const lines of this.remarkLines()) {
      left += frame.write(page, lines, { start: MARGIN, width: INNER - TOTALS - 12, top: left, size: 9 }) + 2;
    }
    left += sheet.remarks.length > 0 ? 6 : 0;
    this.code(left);
    this.signatures(Math.max(totals, left + CODE) + 16);
  }

  private code(top: number): void {
    const { frame, page, sheet } = this;
    const { url, caption } = sheet.verification;
    page.marks.push({ kind: 'code', url, x: frame.left(MARGIN, CODE), y: top, size: CODE });
    frame.text(page, caption, {
      start: MARGIN + CODE + 8,
      width: 130,
      top: top + CODE / 2 - 12,
      size: SMALL,
      color: GREY,
    });
  }

  private signatures(top: number): void {
    const { frame, page, sheet } = this;
    const width = INNER / Math.max(sheet.signatures.length, 2);
    sheet.signatures.forEach((label, index) => {
      const start = MARGIN + index * width;
      frame.text(page, label, { start, width: width - 24, top, size: SMALL, color: GREY });
      frame.rule(page, { start, width: width - 24, y: top + 44, color: GREY });
    });
  }

  private footer(page: Page, number: number): void {
    const { frame, sheet } = this;
    const { style } = sheet;
    const y = HEIGHT - 46;
    frame.rule(page, { start: MARGIN, width: INNER, y });
    const size = 7.5;
    const note = frame.lines(sheet.footer.join(' · '), { width: INNER - 120, size }).slice(0, 2);
    frame.write(page, note, { start: MARGIN, width: INNER - 120, top: y + 4, size, color: GREY });
    const position = filled(wordsOf(style.language).page, countText(number, style), countText(this.done.length, style));
    frame.fitted(page, position, {
      start: MARGIN + INNER - 110,
      width: 110,
      top: y + 4,
      size: SMALL,
      align: 'end',
      color: GREY,
    });
  }
}
