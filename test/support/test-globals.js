/** What `@jest/globals` exports, of the test file that is being loaded (native-runtime.js). */
export let afterAll, afterEach, beforeAll, beforeEach, describe, expect, test;

export function use(globals) {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } = globals);
}
