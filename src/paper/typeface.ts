import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font, type GlyphRun } from 'fontkit';
import type { Direction, Run } from './bidi-text.js';
import type { Measure } from './frame.js';

/**
 * IBM Plex Sans Arabic (OFL 1.1): Arabic with the letters of Kurdish, Latin, and both kinds of digits in one font, so that
 * a mixed line needs no second one. Shaped by fontkit, and embedded as the glyphs that a paper uses.
 */
const FILES = {
  regular: '400Regular/IBMPlexSansArabic_400Regular.ttf',
  bold: '700Bold/IBMPlexSansArabic_700Bold.ttf',
} as const;

/** Runs whose glyphs are kept: words of tables come again on every line. */
const MAX_RUNS = 20_000;

const ARABIC = /\p{Script=Arabic}/u;
const JOINERS = /[\u200b-\u200d\ufeff]/g;

/** One weight of the font, as pdfkit takes it; the run that is laid out next says its direction first. */
class Weight {
  /** What pdfkit embeds: the font with our layout. */
  readonly font: Font;
  direction: Direction = 'ltr';
  private readonly runs = new Map<string, GlyphRun>();

  constructor(private readonly parsed: Font) {
    this.font = Object.assign(Object.create(parsed) as Font, { layout: (text: string) => this.copyOf(text) });
  }

  private shaped(text: string): GlyphRun {
    const key = `${this.direction}${text}`;
    const known = this.runs.get(key);
    if (known) return known;
    if (this.runs.size >= MAX_RUNS) this.runs.clear();
    const script = ARABIC.test(text) ? 'arab' : 'latn';
    // fontkit keeps a glyph with the letters for which it was first made, and embedding makes glyphs without any; a letter
    // that is looked up later would be shaped as those, so each run starts without kept glyphs.
    (this.parsed as unknown as { _glyphs: object })._glyphs = {};
    const run = this.parsed.layout(text, undefined, script, undefined, this.direction);
    this.runs.set(key, run);
    return run;
  }

  /** pdfkit scales the positions that it is given in place. */
  private copyOf(text: string): GlyphRun {
    const run = this.shaped(text);
    return Object.assign(Object.create(run) as GlyphRun, { positions: run.positions.map((one) => ({ ...one })) });
  }

  width(run: Run): number {
    this.direction = run.direction;
    return this.shaped(run.text).advanceWidth / this.parsed.unitsPerEm;
  }
}

export interface Typeface extends Measure {
  weight(bold: boolean): Weight;
}

function open(file: string): Weight {
  const { resolve } = createRequire(import.meta.url);
  const parsed = create(readFileSync(resolve(`@expo-google-fonts/ibm-plex-sans-arabic/${file}`)));
  if (!('layout' in parsed)) throw new Error(`${file} holds more than one font.`);
  return new Weight(parsed);
}

export function openTypeface(): Typeface {
  const regular = open(FILES.regular);
  const weights = { regular, bold: open(FILES.bold) };
  const has = new Map<string, boolean>();
  const isKnown = (character: string): boolean => {
    const code = character.codePointAt(0) ?? 0;
    // Marks of direction are resolved before anything is drawn.
    if (character === '\n' || (code >= 0x2066 && code <= 0x2069) || code === 0x200e || code === 0x200f) return true;
    const known = has.get(character) ?? regular.font.hasGlyphForCodePoint(code);
    if (has.size < MAX_RUNS) has.set(character, known);
    return known;
  };
  return {
    weight: (bold) => (bold ? weights.bold : weights.regular),
    width: (run, bold) => (bold ? weights.bold : weights.regular).width(run),
    printable: (text) =>
      [
        ...text
          .normalize('NFC')
          .replace(JOINERS, '')
          .replace(/[^\S\n]+/g, ' '),
      ]
        .map((character) => (isKnown(character) ? character : '?'))
        .join(''),
  };
}
