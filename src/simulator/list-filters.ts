import type { Body } from './resource.js';

type Test = (value: unknown, wanted: string) => boolean;

const text = (value: unknown): string =>
  (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
  ).toLowerCase();

/** What may follow a field's name in the query of a list. */
const SUFFIXES: readonly [suffix: string, test: Test][] = [
  ['_startswith', (value, wanted) => text(value).startsWith(text(wanted))],
  ['_contains', (value, wanted) => text(value).includes(text(wanted))],
  ['_less_than', (value, wanted) => Number(value) < Number(wanted)],
  ['_less_equals', (value, wanted) => Number(value) <= Number(wanted)],
  ['_greater_than', (value, wanted) => Number(value) > Number(wanted)],
  ['_greater_equals', (value, wanted) => Number(value) >= Number(wanted)],
  ['_start', (value, wanted) => String(value) >= wanted],
  ['_end', (value, wanted) => String(value) <= wanted],
  ['_before', (value, wanted) => String(value) < wanted],
  ['_after', (value, wanted) => String(value) > wanted],
];

export type RowTest = (row: Body) => boolean;

/** The filters of a query on the fields that the list knows; everything else is ignored, as Zoho does. */
export function rowFilters(query: URLSearchParams, fields: readonly string[]): RowTest[] {
  return [...query].flatMap(([name, wanted]): RowTest[] => {
    if (fields.includes(name)) return [(row) => text(row[name]) === text(wanted)];
    for (const [suffix, test] of SUFFIXES) {
      const field = name.slice(0, -suffix.length);
      if (name.endsWith(suffix) && fields.includes(field)) return [(row) => test(row[field], wanted)];
    }
    return [];
  });
}
