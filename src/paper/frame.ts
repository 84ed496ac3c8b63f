import { type Direction, directionOf, type Run, visualRuns } from './bidi-text.js';

/** What is drawn on a page, in points from its upper left corner. */
export type Mark =
  | { kind: 'text'; runs: readonly Run[]; x: number; baseline: number; size: number; bold: boolean; color: string }
  | { kind: 'line'; x: number; y: number; width: number; color: string }
  | { kind: 'box'; x: number; y: number; width: number; height: number; color: string }
  | { kind: 'logo'; x: number; y: number; width: number; height: number }
  | { kind: 'code'; url: string; x: number; y: number; size: number }
  | { kind: 'stamp'; runs: readonly Run[]; size: number; width: number };

export interface Page {
  width: number;
  height: number;
  marks: Mark[];
}

/** How wide text is, in a font of size 1, and which of its characters the font has. */
export interface Measure {
  width(run: Run, bold: boolean): number;
  /** The text with what the font lacks replaced, and with plain spaces. */
  printable(text: string): string;
}

export interface Writing {
  /** From the edge where lines of this language start. */
  start: number;
  width: number;
  top: number;
  size: number;
  bold?: boolean;
  /** `right` is the right edge in both directions of writing. */
  align?: 'start' | 'end' | 'centre' | 'right';
  color?: string;
}

export const INK = '#1b2430';
export const GREY = '#66707c';
export const RULE = '#d5dae0';
export const SHADE = '#eef1f5';

const LINE_HEIGHT = 1.55;
const ASCENT = 1.12;
/** A text beyond this is cut: no cell is taller than a page. */
const MAX_LINES = 12;

/** Puts marks on pages: positions count from the edge where a line starts, so one layout serves both directions. */
export class Frame {
  readonly base: Direction;

  constructor(
    readonly pageWidth: number,
    readonly rightToLeft: boolean,
    readonly measure: Measure,
  ) {
    this.base = rightToLeft ? 'rtl' : 'ltr';
  }

  /** The left edge of what begins at `start` and is so wide. */
  left(start: number, width: number): number {
    return this.rightToLeft ? this.pageWidth - start - width : start;
  }

  heightOf(lines: number, size: number): number {
    return lines * size * LINE_HEIGHT;
  }

  private runsOf(line: string): Run[] {
    return visualRuns(line, directionOf(line, this.base));
  }

  private widthOfRuns(runs: readonly Run[], bold: boolean): number {
    return runs.reduce((sum, run) => sum + this.measure.width(run, bold), 0);
  }

  /** At size 1. */
  widthOf(text: string, bold = false): number {
    return this.widthOfRuns(this.runsOf(this.measure.printable(text)), bold);
  }

  /** The lines of a text within a width, broken at spaces, and inside a word that is wider than a line. */
  lines(text: string, { width, size, bold = false }: Pick<Writing, 'width' | 'size' | 'bold'>): string[] {
    const limit = width / size;
    const lines: string[] = [];
    for (const paragraph of this.measure.printable(text).split('\n')) {
      let line = '';
      for (const word of paragraph.split(' ')) {
        const longer = line === '' ? word : `${line} ${word}`;
        if (this.widthOfRuns(this.runsOf(longer), bold) <= limit) {
          line = longer;
          continue;
        }
        if (line !== '') lines.push(line);
        const parts = this.partsOf(word, limit, bold);
        lines.push(...parts.slice(0, -1));
        line = parts.at(-1) ?? '';
      }
      lines.push(line);
    }
    if (lines.length <= MAX_LINES) return lines;
    return [...lines.slice(0, MAX_LINES - 1), `${lines[MAX_LINES - 1] ?? ''}…`];
  }

  private partsOf(word: string, limit: number, bold: boolean): string[] {
    const parts: string[] = [];
    let part = '';
    for (const character of word) {
      if (part !== '' && this.widthOfRuns(this.runsOf(part + character), bold) > limit) {
        parts.push(part);
        part = '';
      }
      part += character;
    }
    return [...parts, part];
  }

  /** Writes lines below one another; answers the height that they take. */
  write(page: Page, lines: readonly string[], writing: Writing): number {
    const { start, width, top, size, bold = false, align = 'start', color = INK } = writing;
    lines.forEach((line, index) => {
      const runs = this.runsOf(line);
      if (runs.length === 0) return;
      const taken = this.widthOfRuns(runs, bold) * size;
      const left = this.left(start, width);
      const toRight = align === 'right' || (align === 'start') === this.rightToLeft;
      const x = align === 'centre' ? left + (width - taken) / 2 : toRight ? left + width - taken : left;
      page.marks.push({
        kind: 'text',
        runs,
        x,
        baseline: top + index * size * LINE_HEIGHT + size * ASCENT,
        size,
        bold,
        color,
      });
    });
    return this.heightOf(lines.length, size);
  }

  /** Wraps and writes a text; answers the height that it takes. */
  text(page: Page, text: string, writing: Writing): number {
    return this.write(page, this.lines(text, writing), writing);
  }

  /** One line that is never broken or cut: it is written smaller where it is too wide. For figures. */
  fitted(page: Page, text: string, writing: Writing): void {
    const line = this.measure.printable(text);
    const natural = this.widthOfRuns(this.runsOf(line), writing.bold ?? false) * writing.size;
    const size = natural > writing.width ? (writing.size * writing.width) / natural : writing.size;
    this.write(page, [line], { ...writing, size, top: writing.top + (writing.size - size) * ASCENT });
  }

  rule(
    page: Page,
    { start, width, y, color = RULE }: { start: number; width: number; y: number; color?: string },
  ): void {
    page.marks.push({ kind: 'line', x: this.left(start, width), y, width, color });
  }

  stamp(page: Page, text: string, size: number): void {
    const runs = this.runsOf(this.measure.printable(text));
    page.marks.push({ kind: 'stamp', runs, size, width: this.widthOfRuns(runs, true) * size });
  }
}
