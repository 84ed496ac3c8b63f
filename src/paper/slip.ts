import { Frame, GREY, INK, type Measure, type Page } from './frame.js';
import { isRightToLeft, type Sheet } from './sheet.js';

/** A roll of 80 mm, of which printers reach 72. */
const WIDTH = 226.77;
const MARGIN = 11.34;
const INNER = WIDTH - 2 * MARGIN;
const SIZE = 8.5;
/** What viewers take as one page; a longer roll goes on in another. */
const MAX_HEIGHT = 14_000;

/** A receipt on one strip that is as long as it needs. */
export function layoutSlip(sheet: Sheet, measure: Measure): Page[] {
  return new Slip(sheet, measure).pages();
}

class Slip {
  private readonly frame: Frame;
  private readonly done: Page[] = [];
  private page: Page = { width: WIDTH, height: 0, marks: [] };
  private top = MARGIN;

  constructor(
    private readonly sheet: Sheet,
    measure: Measure,
  ) {
    this.frame = new Frame(WIDTH, isRightToLeft(sheet.style.language), measure);
  }

  pages(): Page[] {
    this.head();
    this.rule();
    const { sheet } = this;
    const party = sheet.party ? [{ label: sheet.party.heading, value: sheet.party.lines.join('\n') }] : [];
    for (const { label, value } of [...sheet.facts, ...party]) this.pair(label, value);
    this.rule();
    for (const { cells, strong } of sheet.rows) {
      if (this.top > MAX_HEIGHT) this.turn();
      const [first = '', amount = ''] = cells;
      const [text, below] = typeof first === 'string' ? [first, ''] : first;
      const figure = typeof amount === 'string' ? amount : amount[0];
      this.pair(text, figure, { strong: strong ?? false, share: 0.62, color: INK });
      if (below !== '') this.top += this.line(below, { size: 7.5, color: GREY });
    }
    if (sheet.rows.length > 0) this.rule();
    for (const { label, value, strong } of sheet.totals) {
      this.pair(label, value, { strong: strong ?? false, share: 0.45, color: INK });
    }
    for (const { label, value } of sheet.remarks) this.pair(label, value);
    this.tail();
    this.turn();
    return this.done;
  }

  private turn(): void {
    this.page.height = this.top + MARGIN;
    if (this.sheet.stamp !== null) this.frame.stamp(this.page, this.sheet.stamp, 52);
    this.done.push(this.page);
    this.page = { width: WIDTH, height: 0, marks: [] };
    this.top = MARGIN;
  }

  private line(
    text: string,
    { size = SIZE, bold = false, color = INK, align = 'start' as 'start' | 'centre' },
  ): number {
    return this.frame.text(this.page, text, { start: MARGIN, width: INNER, top: this.top, size, bold, color, align });
  }

  private rule(): void {
    this.frame.rule(this.page, { start: MARGIN, width: INNER, y: this.top + 3 });
    this.top += 7;
  }

  private head(): void {
    const { letterhead, title, number } = this.sheet;
    if (letterhead.logo) {
      const { width, height } = letterhead.logo;
      const scale = Math.min(110 / width, 48 / height);
      const size = { width: width * scale, height: height * scale };
      this.page.marks.push({ kind: 'logo', x: (WIDTH - size.width) / 2, y: this.top, ...size });
      this.top += size.height + 4;
    }
    this.top += this.line(letterhead.name, { size: 11, bold: true, align: 'centre' });
    for (const line of letterhead.lines) this.top += this.line(line, { size: 7.5, color: GREY, align: 'centre' });
    this.rule();
    this.top += this.line(title, { size: 12, bold: true, align: 'centre' });
    this.top += this.line(number, { size: 9, align: 'centre' });
  }

  /** A label where lines start and its value where they end. */
  private pair(label: string, value: string, { strong = false, share = 0.36, color = GREY } = {}): void {
    const { frame, page, top } = this;
    const size = strong ? 10.5 : SIZE;
    const labelWidth = INNER * share - 4;
    const named = frame.text(page, label, { start: MARGIN, width: labelWidth, top, size, bold: strong, color });
    const place = { start: MARGIN + INNER * share, width: INNER * (1 - share), top, size, bold: strong };
    const said = frame.text(page, value, { ...place, align: 'end' });
    this.top += Math.max(named, said) + 1;
  }

  private tail(): void {
    const { url, caption } = this.sheet.verification;
    const size = 92;
    this.rule();
    this.page.marks.push({ kind: 'code', url, x: (WIDTH - size) / 2, y: this.top + 2, size });
    this.top += size + 6;
    this.top += this.line(caption, { size: 7.5, color: GREY, align: 'centre' });
    for (const line of this.sheet.footer) this.top += this.line(line, { size: 7.5, color: GREY, align: 'centre' });
  }
}
