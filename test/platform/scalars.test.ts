import 'reflect-metadata';
import { expect, test } from '@jest/globals';
import { BusinessDate, DateTime, DecimalText } from '../../src/platform/graphql/scalars.js';

test.each<[unknown, string]>([
  ['2026-11-20T21:59:43.123456+00:00', '2026-11-20T21:59:43.123Z'],
  ['2026-11-20T21:59:43.1+00:00', '2026-11-20T21:59:43.100Z'],
  ['2026-11-20T21:59:43+00:00', '2026-11-20T21:59:43.000Z'],
  [new Date('2026-11-20T21:59:43.5Z'), '2026-11-20T21:59:43.500Z'],
])('the instant %s is told as %s', (value, text) => {
  expect(new Date(DateTime.serialize(value)).toISOString()).toBe(text);
});

test.each(['2026-13-01T00:00:00Z', 'yesterday', '2026-11-20'])('%s is no instant', (text) => {
  expect(() => DateTime.parseValue(text)).toThrow();
});

test.each(['2026-02-30', '2026-2-3', '20260203', 5])('%s is no business date', (value) => {
  expect(() => BusinessDate.parseValue(value)).toThrow();
});

test.each([1.5, '1,5', '1e3', '', '1.1234567', '1234567890123'])('%s is no decimal text', (value) => {
  expect(() => DecimalText.parseValue(value)).toThrow();
});
