import { badInput } from '../../kernel/errors.js';
import { normaliseText } from '../../kernel/normalise.js';
import { isId } from '../../kernel/ids.js';
import { all, escapeLike, join, raw, sql, type Sql } from './sql.js';
import { msg } from '../../kernel/message.js';

/** What a field of a filter compares. */
export interface FilterColumn {
  sql: Sql;
  /** The Postgres type that values are cast to. */
  type: string;
  /** Where `contains` looks instead: a column of folded text, through its trigram index. */
  normalised?: Sql | undefined;
  /** An array column: a condition holds when one of its values fulfils it. */
  array?: boolean | undefined;
}

export type FilterValue = Readonly<Record<string, unknown>>;

const MAX_CONDITIONS = 50;
const MAX_DEPTH = 5;
const MAX_VALUES = 100;
const COMPARISONS: Readonly<Record<string, string>> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

/** One operator of one field. Throws BAD_INPUT for values that no row could have. */
function condition(column: FilterColumn, operator: string, value: unknown, path: string): Sql {
  const { sql: left, type, array } = column;
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  if (values.length > MAX_VALUES) throw badInput(path, msg`At most ${MAX_VALUES} values.`);
  if (type === 'uuid' && operator !== 'isNull' && !values.every((one) => typeof one === 'string' && isId(one))) {
    throw badInput(path, msg`Not a valid id.`);
  }
  const cast = raw(type);
  const given = value as string;
  if (array) {
    if (operator === 'isNull') return sql`cardinality(${left}) ${raw(value === true ? '=' : '>')} 0`;
    if (operator === 'eq') return sql`${left} @> array[${given}::${cast}]`;
    return sql`${left} && ${values}::${cast}[]`;
  }
  const comparison = COMPARISONS[operator];
  if (comparison) return sql`${left} ${raw(comparison)} ${given}::${cast}`;
  switch (operator) {
    case 'ne':
      return sql`${left} is distinct from ${given}::${cast}`;
    case 'isNull':
      return sql`${left} is ${raw(value === true ? '' : 'not ')}null`;
    case 'in':
      return sql`${left} = any (${values}::${cast}[])`;
    case 'notIn':
      return sql`(${left} = any (${values}::${cast}[])) is not true`;
    case 'contains':
      return column.normalised
        ? sql`${column.normalised} like ${`%${escapeLike(normaliseText(given))}%`}`
        : sql`${left} ilike ${`%${escapeLike(given)}%`}`;
    case 'startsWith':
      return sql`${left} ilike ${`${escapeLike(given)}%`}`;
    default:
      throw badInput(path, msg`Unknown operator ${operator}.`);
  }
}

/**
 * The SQL of a filter's value. An empty OR and an empty `in` match nothing. Throws BAD_INPUT over 50 conditions, 5 levels
 * of AND, OR and NOT, or 100 values of one operator.
 */
export function filterSql(filter: FilterValue, columnOf: (field: string) => FilterColumn | null): Sql {
  let conditions = 0;

  const fieldSql = (field: string, operators: FilterValue): Sql[] => {
    const column = columnOf(field);
    if (!column) throw badInput('filter', msg`Unknown filter field ${field}.`);
    const parts: Sql[] = [];
    for (const [operator, value] of Object.entries(operators)) {
      if (value === null || value === undefined) continue;
      conditions += 1;
      if (conditions > MAX_CONDITIONS)
        throw badInput('filter', msg`A filter holds at most ${MAX_CONDITIONS} conditions.`);
      parts.push(condition(column, operator, value, `filter.${field}.${operator}`));
    }
    return parts;
  };

  const compile = (input: FilterValue, depth: number): Sql => {
    if (depth > MAX_DEPTH) throw badInput('filter', msg`A filter nests at most ${MAX_DEPTH} levels.`);
    const parts: Sql[] = [];
    for (const [field, value] of Object.entries(input)) {
      if (value === null || value === undefined) continue;
      if (field === 'AND' || field === 'OR') {
        const inner = (value as FilterValue[]).map((one) => compile(one, depth + 1));
        if (inner.length > 0) parts.push(sql`(${join(inner, field === 'AND' ? ' and ' : ' or ')})`);
        else if (field === 'OR') parts.push(raw('false'));
      } else if (field === 'NOT') {
        parts.push(sql`not coalesce(${compile(value as FilterValue, depth + 1)}, false)`);
      } else {
        parts.push(...fieldSql(field, value as FilterValue));
      }
    }
    return parts.length > 1 ? sql`(${all(parts)})` : all(parts);
  };
  return compile(filter, 0);
}
