import { afterAll, expect } from '@jest/globals';
import { undeclaredFailures } from '../../src/platform/command.js';

/** Behind every test file: a command threw nothing that its result union does not list. */
afterAll(() => {
  const undeclared = [...undeclaredFailures];
  undeclaredFailures.clear();
  expect(undeclared).toEqual([]);
});
