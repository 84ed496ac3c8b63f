import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';

const CODE = /^[A-Z0-9][A-Z0-9-]{0,19}$/;
export const MAX_NAME = 100;

/** Throws BAD_INPUT for a given name that is empty or too long. */
export function assertNames(names: { name?: string | undefined; nameAr?: string | undefined }): void {
  for (const [field, value] of Object.entries(names)) {
    if (value === undefined) continue;
    if (value.trim() === '' || value.length > MAX_NAME)
      throw badInput(field, msg`A name has 1 to ${MAX_NAME} characters.`);
  }
}

export function assertCode(code: string): void {
  if (!CODE.test(code)) throw badInput('code', msg`A code has 1 to 20 capitals, digits or dashes.`);
}
