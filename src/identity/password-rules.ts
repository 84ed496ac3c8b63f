import { AppError, badInput, type ErrorCode } from '../kernel/errors.js';
import { type Message, msg } from '../kernel/message.js';

export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 256;
const COMPANY = 'TSH ERP';

export interface Person {
  name?: string | undefined;
  email?: string | undefined;
}

let common: Promise<ReadonlySet<string>> | null = null;

// Loaded when the first password is set: 49,000 words cost 25 ms, which a start need not pay.
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => new Set(dictionary['passwords-common']));
  return common;
}

const LOOKALIKES: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};
const lettersOf = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

function strip(text: string): string {
  const characters = [...text];
  const isLetter = (character: string): boolean => /\p{L}/u.test(character);
  return characters.slice(characters.findIndex(isLetter), characters.findLastIndex(isLetter) + 1).join('');
}

/** The password and its core: without the digits and signs around it, with look-alike characters read as letters. */
function formsOf(password: string): string[] {
  const plain = password.normalize('NFKC').toLowerCase().trim();
  const read = (text: string): string => text.replace(/[013457@$]/g, (sign) => LOOKALIKES[sign] as string);
  const round = `${plain}${plain}`.indexOf(plain, 1);
  return [plain, plain.slice(0, round), strip(plain), read(plain), read(strip(plain)), strip(read(plain))];
}

/** A password counts as this word when the word makes up half of it or more. */
const carries = (word: string, password: string): boolean => word.length * 2 >= password.length;

function isCommon(password: string, words: ReadonlySet<string>): boolean {
  if (new Set(password).size < 4) return true;
  return formsOf(password).some((form, index) => words.has(form) && (index === 1 || carries(form, password)));
}

function isPersonal(password: string, { name = '', email = '' }: Person): boolean {
  const plain = lettersOf(password);
  const terms = [name, email, COMPANY, ...name.split(/\s+/), ...email.split(/[@.]/)]
    .map(lettersOf)
    .filter((term) => term.length >= 4);
  if (plain === '') return false;
  return terms.some((term) => term.includes(plain) || (plain.includes(term) && carries(term, plain)));
}

const weak = (field: string, reason: 'COMMON' | 'PERSONAL', sentence: Message): AppError =>
  new AppError('WEAK_PASSWORD', sentence, { field, details: { reason } });

export const PASSWORD_FAILS = ['BAD_INPUT', 'WEAK_PASSWORD'] as const satisfies readonly ErrorCode[];

/** Throws BAD_INPUT for the length, WEAK_PASSWORD for a password that is guessed first: a common one, or one's own name. */
export async function assertPassword(password: string, field: string, person: Person): Promise<void> {
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD) {
    throw badInput(field, msg`A password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`);
  }
  if (isPersonal(password, person)) {
    throw weak(
      field,
      'PERSONAL',
      msg`This password is your name, your e-mail address or the company. Choose another one.`,
    );
  }
  if (isCommon(password, await commonPasswords())) {
    throw weak(field, 'COMMON', msg`This password is among the first that are guessed. Choose another one.`);
  }
}
