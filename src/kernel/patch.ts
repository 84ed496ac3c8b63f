import { badInput } from './errors.js';
import { assertAll } from './faults.js';
import { msg } from './message.js';

/** Of a change: what may be left out but never emptied is refused when it is null. Throws BAD_INPUT with all of them. */
export function assertNeverNull(patch: object, fields: readonly string[]): void {
  const values = patch as Readonly<Record<string, unknown>>;
  assertAll(
    ...fields.map((field) => () => {
      if (values[field] === null) throw badInput(field, msg`It cannot be emptied.`);
    }),
  );
}
