import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql';
import type { Random } from './random.js';

/** What the requests may name that really exists. */
export interface Known {
  ids: readonly string[];
  cursors: readonly string[];
}

const LONE_SURROGATE = '\ud800';
const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  LONE_SURROGATE,
  `x${LONE_SURROGATE}y`,
  '\udfff\ud800',
  '\u202e\u2066abc',
  'شركة الأحمد للتجارة',
  '١٢٣',
  '👩‍👩‍👧‍👦',
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢',
  '\ufeff\ufffe\uffff',
  '\r\nX-Injected: 1',
  "' or 1=1 --",
  '%',
  '_%\\',
  '\\',
  '${7*7}',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '00000000-0000-0000-0000-000000000000',
  'NaN',
  'Infinity',
  '-0',
  '0x10',
  '1e999',
  '1e-999',
  '-1',
  '.5',
  '1,5',
  '99999999999999999999999999999999999999.999999',
  '2026-02-30',
  '0000-00-00',
  '9999-12-31',
  '275760-09-13',
  '-271821-04-20',
  '2026-11-21T25:61:61Z',
  '2026-11-21',
  '2026-11-21T10:00:00.000Z',
  'USD',
  'IQD',
] as const;

export function oddText(random: Random): string {
  if (random.chance(0.06)) return random.pick(['a', 'ا', '%', '😀', '"', '\\']).repeat(random.between(1000, 60_000));
  return random.pick(ODD_TEXTS);
}

function nestedList(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

function nestedObject(depth: number): unknown {
  let value: unknown = { eq: 'x' };
  for (let level = 0; level < depth; level += 1) value = { [level % 2 === 0 ? 'NOT' : 'a']: value };
  return value;
}

/** A value that no type of the schema expects. */
export function wrongValue(random: Random): unknown {
  switch (random.below(14)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick([0, -1, 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, -1e308, 5e-324, 1.5, 101]);
    case 3:
      return nestedList(random.pick([1, 2, 20, 200, 2000]));
    case 4:
      return nestedObject(random.pick([1, 5, 50, 500]));
    case 5:
      return Array.from({ length: random.pick([0, 3, 300, 5000]) }, () => random.pick([null, 1, 'x', {}]));
    case 6:
      return {};
    case 7:
      // An own key of this name, as JSON.parse makes it.
      return JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    case 8:
      return Object.fromEntries(Array.from({ length: random.pick([1, 100, 2000]) }, (_, key) => [`k${key}`, key]));
    default:
      return oddText(random);
  }
}

function leafValue(name: string, random: Random, known: Known): unknown {
  switch (name) {
    case 'ID':
      return random.chance(0.7) && known.ids.length > 0 ? random.pick(known.ids) : oddText(random);
    case 'Int':
      return random.pick([0, 1, 2, 5, 50, 100, 101, -1, 2 ** 31 - 1, -(2 ** 31)]);
    case 'Float':
      return random.pick([0, 0.1, -1, 1e308]);
    case 'Boolean':
      return random.chance(0.5);
    case 'Decimal':
      return random.pick(['0', '1', '2.5', '-3', '0.001', '99999999999999.99', '1e30', '1'.repeat(400), 'NaN', '', 7]);
    case 'Date':
      return random.pick(['2026-11-21', '2026-01-01', '1900-01-01', '9999-12-31', '2026-02-30', '0001-01-01']);
    case 'DateTime':
      return random.pick(['2026-11-21T10:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', 'now', '']);
    default:
      return oddText(random);
  }
}

/** A value that mostly fits the type, with odd content, and sometimes does not fit at all. */
export function valueFor(type: GraphQLInputType, random: Random, known: Known, depth = 0): unknown {
  if (random.chance(0.08)) return wrongValue(random);
  if (!isNonNullType(type) && random.chance(0.08)) return null;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const length = random.pick([0, 1, 1, 2, 3, depth === 0 ? 250 : 4]);
    return Array.from({ length }, () => valueFor(nullable.ofType, random, known, depth + 1));
  }
  if (isInputObjectType(nullable)) {
    const value: Record<string, unknown> = {};
    for (const field of Object.values(nullable.getFields())) {
      const wanted = isNonNullType(field.type) ? 0.95 : depth > 5 ? 0.02 : 0.25;
      if (random.chance(wanted)) value[field.name] = valueFor(field.type, random, known, depth + 1);
    }
    if (random.chance(0.08)) value[oddText(random).slice(0, 50)] = wrongValue(random);
    return value;
  }
  if (isEnumType(nullable)) {
    const values = nullable.getValues();
    return random.chance(0.9) ? random.pick(values).name : random.pick(['NOPE', 'toString', '', 1]);
  }
  if (/cursor|after|before/i.test(nullable.name)) return oddText(random);
  return leafValue(getNamedType(nullable).name, random, known);
}
