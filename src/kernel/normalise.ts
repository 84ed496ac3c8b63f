/**
 * Normalises text for search, so that spellings which people use for one another match: alef forms, hamza carriers, ya
 * and alef maqsura, ta marbuta and ha, tatweel, diacritics, Persian letters, Arabic and Persian digits, letter case.
 * Stored text and search terms both pass this one function.
 */
const LETTERS: Record<string, string> = {
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ئ: 'ي',
  ی: 'ي',
  ؤ: 'و',
  ة: 'ه',
  ۀ: 'ه',
  ە: 'ه',
  ک: 'ك',
  گ: 'ك',
  ڤ: 'ف',
  پ: 'ب',
  چ: 'ج',
  ژ: 'ز',
  ء: '',
  ـ: '',
};

// Arabic harakat, superscript alef, Quranic marks, and the zero-width and bidi controls that copy-paste brings along.
const MARKS = /[\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06ED\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;
const LATIN_MARKS = /[\u0300-\u036F]/g;
const DIGITS = /[\u0660-\u0669\u06F0-\u06F9]/g;
const ARABIC_LETTERS = /[\u0621-\u06D5]/g;

export function normaliseText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(MARKS, '')
    .replace(ARABIC_LETTERS, (letter) => LETTERS[letter] ?? letter)
    .replace(DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf))
    .toLowerCase()
    .normalize('NFD')
    .replace(LATIN_MARKS, '')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();
}
