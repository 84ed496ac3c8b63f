import { Field, ID, InputType, Int, type ClassType } from 'type-graphql';
import { badInput } from '../../kernel/errors.js';
import { normaliseText } from '../../kernel/normalise.js';
import { isId } from '../../kernel/ids.js';
import { BusinessDate, DateTime, DecimalText } from './scalars.js';

/** Operator inputs, shared by every list. `isNull` asks for presence; operators of one field are joined by AND. */
@InputType()
export class StringFilter {
  @Field(() => String, { nullable: true })
  eq?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 100.' })
  in?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Part of the text; letter case does not count.' })
  contains?: string | null;

  @Field(() => Boolean, { nullable: true })
  isNull?: boolean | null;
}

@InputType()
export class IdFilter {
  @Field(() => ID, { nullable: true })
  eq?: string | null;

  @Field(() => [ID], { nullable: true, description: 'At most 100.' })
  in?: string[] | null;

  @Field(() => Boolean, { nullable: true })
  isNull?: boolean | null;
}

@InputType()
export class BooleanFilter {
  @Field(() => Boolean, { nullable: true })
  eq?: boolean | null;
}

@InputType()
export class DecimalFilter {
  @Field(() => DecimalText, { nullable: true })
  eq?: string | null;

  @Field(() => DecimalText, { nullable: true })
  gte?: string | null;

  @Field(() => DecimalText, { nullable: true })
  lte?: string | null;

  @Field(() => Boolean, { nullable: true })
  isNull?: boolean | null;
}

@InputType()
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true })
  gte?: Date | null;

  @Field(() => DateTime, { nullable: true })
  lte?: Date | null;

  @Field(() => Boolean, { nullable: true })
  isNull?: boolean | null;
}

@InputType()
export class DateFilter {
  @Field(() => BusinessDate, { nullable: true })
  eq?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  gte?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  lte?: string | null;
}

@InputType()
export class IntFilter {
  @Field(() => Int, { nullable: true })
  eq?: number | null;

  @Field(() => Int, { nullable: true })
  gte?: number | null;

  @Field(() => Int, { nullable: true })
  lte?: number | null;
}

export interface EnumFilter<Value> {
  eq?: Value | null;
  ne?: Value | null;
  in?: Value[] | null;
  isNull?: boolean | null;
}

const enumFilters = new Map<object, ClassType<EnumFilter<never>>>();

/**
 * The filter of a column with a closed set of values, over the enum that answers show: `OrderStatus` ->
 * `OrderStatusFilter`. A name that the enum lacks is refused by validation and never finds nothing in silence.
 */
export function enumFilter<Value>(values: Record<string, Value>, name: string): ClassType<EnumFilter<Value>> {
  const known = enumFilters.get(values) as ClassType<EnumFilter<Value>> | undefined;
  if (known) return known;
  @InputType(`${name}Filter`)
  class Filter implements EnumFilter<Value> {
    @Field(() => values, { nullable: true })
    eq?: Value | null;

    @Field(() => values, { nullable: true, description: 'Not this one; rows without a value are found too.' })
    ne?: Value | null;

    @Field(() => [values], { nullable: true, description: 'At most 100.' })
    in?: Value[] | null;

    @Field(() => Boolean, { nullable: true })
    isNull?: boolean | null;
  }
  enumFilters.set(values, Filter as ClassType<EnumFilter<never>>);
  return Filter;
}

/** Collects the parameters of one statement. */
export class Params {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

export interface FilterColumn {
  /** A function is asked when a condition uses it: a parameter that nothing uses has no type. */
  sql: string | (() => string);
  /** The Postgres type that values are cast to. */
  type: 'text' | 'uuid' | 'boolean' | 'numeric' | 'timestamptz' | 'integer' | 'date';
  /** Normalised text is compared with the normalised search term, through the trigram index. */
  normalised?: boolean;
  /** An array column: a condition holds when one of its values fulfils it. */
  array?: boolean;
}

export type FilterColumns = Record<string, FilterColumn>;

const MAX_CONDITIONS = 50;
const MAX_DEPTH = 5;
const MAX_IN = 100;

type FilterInput = Record<string, unknown>;

/**
 * Turns a filter input into SQL over named columns. Values are parameters always. Throws BAD_INPUT over 50 conditions,
 * 5 levels of AND/OR/NOT, or 100 values in `in`.
 */
export function compileFilter(filter: object | null | undefined, columns: FilterColumns, params: Params): string {
  let conditions = 0;

  const operator = (column: FilterColumn, name: string, value: unknown, field: string): string | null => {
    if (value === null || value === undefined) return null;
    conditions += 1;
    if (conditions > MAX_CONDITIONS) throw badInput('filter', `A filter holds at most ${MAX_CONDITIONS} conditions.`);
    if (column.type === 'uuid' && name !== 'isNull') {
      const ids = (Array.isArray(value) ? value : [value]) as string[];
      if (!ids.every(isId)) throw badInput(`filter.${field}`, 'Not a valid id.');
    }
    const sql = typeof column.sql === 'function' ? column.sql() : column.sql;
    const one = (): string => `${params.add(value)}::${column.type}`;
    if (column.array) {
      if (name === 'isNull') return `cardinality(${sql}) ${value === true ? '=' : '>'} 0`;
      if (name === 'eq') return `${sql} @> array[${params.add(value)}::${column.type}]`;
      if (name === 'in') return `${sql} && ${params.add(value)}::${column.type}[]`;
      throw badInput(`filter.${field}.${name}`, 'A tag is asked for as a whole.');
    }
    switch (name) {
      case 'eq':
        return `${sql} = ${one()}`;
      case 'ne':
        return `${sql} is distinct from ${one()}`;
      case 'gte':
        return `${sql} >= ${one()}`;
      case 'lte':
        return `${sql} <= ${one()}`;
      case 'isNull':
        return `${sql} is ${value === true ? '' : 'not '}null`;
      case 'in': {
        if ((value as unknown[]).length > MAX_IN) throw badInput(`filter.${field}.in`, `At most ${MAX_IN} values.`);
        return `${sql} = any (${params.add(value)}::${column.type}[])`;
      }
      case 'contains': {
        const text = column.normalised ? normaliseText(value as string) : (value as string);
        return `${sql} ${column.normalised ? 'like' : 'ilike'} ${params.add(`%${escapeLike(text)}%`)}`;
      }
      default:
        throw badInput(`filter.${field}`, `Unknown operator ${name}.`);
    }
  };

  const compile = (input: FilterInput, depth: number): string => {
    if (depth > MAX_DEPTH) throw badInput('filter', `A filter nests at most ${MAX_DEPTH} levels.`);
    const parts: string[] = [];
    for (const [field, value] of Object.entries(input)) {
      if (value === null || value === undefined) continue;
      if (field === 'AND' || field === 'OR') {
        const inner = (value as FilterInput[]).map((one) => compile(one, depth + 1));
        if (inner.length > 0) parts.push(`(${inner.join(field === 'AND' ? ' and ' : ' or ')})`);
      } else if (field === 'NOT') {
        parts.push(`not coalesce(${compile(value as FilterInput, depth + 1)}, false)`);
      } else {
        const column = columns[field];
        if (!column) throw badInput('filter', `Unknown filter field ${field}.`);
        for (const [name, operand] of Object.entries(value as FilterInput)) {
          const sql = operator(column, name, operand, field);
          if (sql) parts.push(sql);
        }
      }
    }
    return parts.length === 0 ? 'true' : `(${parts.join(' and ')})`;
  };

  return filter ? compile(filter as FilterInput, 0) : 'true';
}

export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`);
}
