import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';

/** In a process of its own: the decorators of another schema would stay for the test files after this one. */
const faults = JSON.parse(
  execFileSync(process.execPath, ['dist/test/platform/unserved-fields.js'], { encoding: 'utf8' }),
) as Record<string, string | null>;

describe('a field that nothing serves', () => {
  test('fails the start with a line that names it', () => {
    expect(faults['unserved']).toContain('Nothing serves Product.colour: it is no column of Product');
  });

  test('is served once a module declares how it is read; one in an object that is no entity fails the start, too', () => {
    expect(faults['ofAnObject']).toContain('Nothing serves ProductStock.shelf');
  });

  test('cannot be served by two modules', () => {
    expect(faults['twice']).toContain('Two modules read Product.colour');
  });

  test('cannot be declared for a type that does not show it', () => {
    expect(faults['unknown']).toContain('The reads of Product name weight, which the schema does not show.');
  });
});
