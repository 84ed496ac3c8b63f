import { badInput } from './errors.js';
import { assertAll } from './faults.js';
import { msg } from './message.js';

const CODE = /^[A-Z0-9][A-Z0-9-]{0,19}$/;
export const MAX_NAME = 100;

/** Throws BAD_INPUT for each given name that is empty or too long. */
export function assertNames({ name, nameAr }: { name?: string | undefined; nameAr?: string | undefined }): void {
  assertAll(
    ...Object.entries({ name, nameAr }).map(([field, value]) => () => {
      if (value != null && (value.trim() === '' || value.length > MAX_NAME)) {
        throw badInput(field, msg`A name has 1 to ${MAX_NAME} characters.`);
      }
    }),
  );
}

export function assertCode(code: string): void {
  if (!CODE.test(code)) throw badInput('code', msg`A code has 1 to 20 capitals, digits or dashes.`);
}

/** What an update may carry: it opens again what was archived, and the mutation that archives is another one. */
export function assertOnlyOpens(active: boolean | undefined): void {
  if (active === false) throw badInput('active', msg`Archive it instead.`);
}
