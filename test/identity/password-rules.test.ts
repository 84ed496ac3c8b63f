import { describe, expect, test } from '@jest/globals';
import { assertPassword } from '../../src/identity/password-rules.js';
import { hasCode } from '../../src/kernel/errors.js';
import { translate } from '../../src/kernel/translate.js';

const person = { name: 'Zainab Al-Jubouri', email: 'zainab.j@bluewater.example' };
const faultOf = async (password: string): Promise<any> => {
  try {
    await assertPassword(password, 'password', person);
    return null;
  } catch (error) {
    return error;
  }
};

describe('passwords', () => {
  test.each([
    ['password123', 'COMMON'],
    ['Password123!', 'COMMON'],
    ['P@ssw0rd2024', 'COMMON'],
    ['1234567890', 'COMMON'],
    ['qwertyuiop', 'COMMON'],
    ['sunshine99', 'COMMON'],
    ['passwordpassword', 'COMMON'],
    ['aaaaaaaaaaaa', 'COMMON'],
    ['abababababab', 'COMMON'],
    ['zainab.j@bluewater.example', 'PERSONAL'],
    ['ZainabAlJubouri', 'PERSONAL'],
    ['zainab2026', 'PERSONAL'],
    ['Bluewater1!', 'PERSONAL'],
    ['TSH-ERP-26', 'PERSONAL'],
  ])('%s is refused as %s, in both languages', async (password, reason) => {
    const error = await faultOf(password);
    expect(hasCode(error, 'WEAK_PASSWORD')).toBe(true);
    expect([error.field, error.details.reason]).toEqual(['password', reason]);
    expect(error.message).not.toContain(password);
    expect(translate(error.sentence, 'ar')).toMatch(/كلمة المرور/);
  });

  test.each(['short', 'x'.repeat(257)])('the length is refused by itself: %s', async (password) => {
    expect(hasCode(await faultOf(password), 'BAD_INPUT')).toBe(true);
  });

  test.each([
    'correct horse battery',
    'a good long password',
    'rWq8!mZp3vKd',
    'عندي حصان أبيض كبير',
    'zainab likes her green bicycle',
  ])('%s passes', async (password) => {
    expect(await faultOf(password)).toBeNull();
  });
});
