import { type Message, msg } from './message.js';

/**
 * The one rule for text from outside. Postgres stores no null character, and UTF-8 has no lone surrogate: such a text
 * would fail inside of a statement or be stored as another one.
 *
 * Answers what is wrong with the text, or null.
 */
export function textFault(text: string): Message | null {
  if (text.includes('\u0000')) return msg`A text contains a null character.`;
  if (!text.isWellFormed()) return msg`A text contains half of a surrogate pair, which is not valid Unicode.`;
  return null;
}

export interface InputLimits {
  /** How deep lists and objects may nest. */
  depth: number;
  /** How many values there may be in all. */
  values: number;
}

export interface InputFault {
  /** Where: `input.lines[3].note`. */
  path: string;
  sentence: Message;
}

/**
 * Looks through a parsed JSON value, however deep, without recursion. Answers the first fault: a text that textFault
 * names (keys too), too deep a nesting, or too many values.
 */
export function inputFault(value: unknown, limits: InputLimits): InputFault | null {
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  let count = 0;
  for (let one = open.pop(); one; one = open.pop()) {
    const { value: current, path, depth } = one;
    if (typeof current === 'string') {
      const sentence = textFault(current);
      if (sentence) return { path, sentence };
    }
    if (typeof current !== 'object' || current === null) continue;
    if (depth > limits.depth) return { path, sentence: msg`Values nest deeper than ${limits.depth} levels.` };
    for (const [key, inner] of Object.entries(current)) {
      if ((count += 1) > limits.values) return { path, sentence: msg`There are more than ${limits.values} values.` };
      if (textFault(key)) return { path, sentence: msg`A name contains characters that no text may hold.` };
      open.push({
        value: inner,
        path: Array.isArray(current) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`,
        depth: depth + 1,
      });
    }
  }
  return null;
}
