import bidiFactory, { type Bidi } from 'bidi-js';

/** Lines of mixed Arabic, Latin and figures, in the order in which they stand on paper. Pure. */
export type Direction = 'ltr' | 'rtl';

/** A part of a line that runs in one direction. Its text is in logical order; it is shaped and reversed as a whole. */
export interface Run {
  text: string;
  direction: Direction;
}

// The package is CommonJS whose export is the factory itself; its types describe a default export.
const bidi: Bidi = (bidiFactory as unknown as () => Bidi)();

const CONTROLS = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;
const LEFT_TO_RIGHT_ISOLATE = '\u2066';
const END_OF_ISOLATE = '\u2069';

/** Keeps a figure, a date or a code together from left to right, whatever stands around it. */
export const isolated = (text: string): string => `${LEFT_TO_RIGHT_ISOLATE}${text}${END_OF_ISOLATE}`;

/** The direction of a text by its first letter; without letters it is that of the page. */
export function directionOf(text: string, otherwise: Direction): Direction {
  let depth = 0;
  for (const character of text) {
    if (character >= '\u2066' && character <= '\u2068') depth += 1;
    else if (character === END_OF_ISOLATE) depth = Math.max(0, depth - 1);
    else if (depth === 0) {
      const type = bidi.getBidiCharTypeName(character);
      if (type === 'L') return 'ltr';
      if (type === 'R' || type === 'AL') return 'rtl';
    }
  }
  return otherwise;
}

/** The runs of one line from left to right, by the Unicode Bidirectional Algorithm. */
export function visualRuns(line: string, base: Direction): Run[] {
  if (line === '') return [];
  const embedding = bidi.getEmbeddingLevels(line, base);
  const { levels } = embedding;
  const order = bidi.getReorderedIndices(line, embedding);
  const runs: Run[] = [];
  for (let from = 0; from < order.length;) {
    const level = levels[order[from] as number] as number;
    const step = level % 2 === 1 ? -1 : 1;
    let to = from + 1;
    while (
      to < order.length &&
      order[to] === (order[to - 1] as number) + step &&
      levels[order[to] as number] === level
    ) {
      to += 1;
    }
    const places = order.slice(from, to);
    if (step === -1) places.reverse();
    const text = places
      .map((place) => {
        const character = line[place] as string;
        return step === -1 ? (bidi.getMirroredCharacter(character) ?? character) : character;
      })
      .join('')
      .replace(CONTROLS, '');
    if (text !== '') runs.push({ text, direction: step === -1 ? 'rtl' : 'ltr' });
    from = to;
  }
  return runs;
}
