import type { Language } from '../kernel/viewer.js';
import type { Claim } from './code.js';
import { dayText, moneyText } from './figures.js';
import type { PaperKind } from './kinds.js';
import type { Said } from './papers.js';
import { type Words, wordsOf } from './words.js';

/** All that a code tells: nothing that does not stand on the paper, but for whether it still holds. */
export interface Answer {
  kind: PaperKind;
  number: string;
  date: string;
  total: { amount: string; currency: string } | null;
  /** UNCHANGED: the document says what the paper says. */
  state: 'UNCHANGED' | 'CHANGED' | 'VOID';
}

export function answerOf({ kind, digest }: Claim, { number, day, total, isVoid, digest: present }: Said): Answer {
  const state = isVoid ? 'VOID' : digest === present ? 'UNCHANGED' : 'CHANGED';
  return { kind, number, date: day, total, state };
}

const STATES: Record<Language, Record<Answer['state'] | 'UNKNOWN', string>> = {
  en: {
    UNCHANGED: 'This paper is genuine, and its document stands unchanged.',
    CHANGED: 'This paper is genuine, but its document has changed since it was printed.',
    VOID: 'This paper is genuine, but its document is void.',
    UNKNOWN: 'This code is on no paper of ours.',
  },
  ar: {
    UNCHANGED: 'هذه الوثيقة صحيحة وبياناتها لم تتغير.',
    CHANGED: 'هذه الوثيقة صحيحة لكن بياناتها تغيرت بعد طباعتها.',
    VOID: 'هذه الوثيقة صحيحة لكنها ملغاة.',
    UNKNOWN: 'هذا الرمز ليس على أي وثيقة صادرة عنا.',
  },
};

const COLOURS = { UNCHANGED: '#12703c', CHANGED: '#9a5b00', VOID: '#b01818', UNKNOWN: '#b01818' } as const;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const titleOf = (kind: PaperKind, words: Words): string => (kind === 'ORDER' ? words.order : words[kind]);

/** The answer for a person who has scanned a code with a phone. */
export function verificationPage(answer: Answer | null, language: Language): string {
  const words = wordsOf(language);
  const style = { language, digits: 'LATIN' } as const;
  const state = answer?.state ?? 'UNKNOWN';
  const facts: [string, string][] = answer
    ? [
        [words.number, answer.number],
        [words.date, dayText(answer.date, style)],
        ...(answer.total
          ? [[words.total, moneyText(answer.total.amount, answer.total.currency, style)] as [string, string]]
          : []),
      ]
    : [];
  const rows = facts.map(([label, value]) => `<dt>${label}</dt><dd>${escaped(value)}</dd>`).join('');
  return `<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${escaped(answer ? `${titleOf(answer.kind, words)} ${answer.number}` : STATES[language].UNKNOWN)}</title>
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:30rem;margin:2rem auto;padding:0 1rem;color:#1b2430}
p{color:${COLOURS[state]};font-weight:600}dt{color:#66707c}dd{margin:0 0 .6rem;font-weight:600}</style></head>
<body><h1>${answer ? titleOf(answer.kind, words) : ''}</h1><p>${STATES[language][state]}</p><dl>${rows}</dl></body></html>
`;
}
