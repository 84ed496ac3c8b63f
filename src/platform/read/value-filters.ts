import { Field, ID, InputType, Int, type ClassType } from 'type-graphql';
import { BusinessDate, DateTime, DecimalText } from '../graphql/scalars.js';

/**
 * One filter input for each type of value. Operators of one field are joined by AND. A row without a value fulfils `ne`,
 * `notIn` and `isNull: true` only.
 */
const MANY = 'At most 100; none of them matches nothing.';
const NOT_MANY = 'At most 100.';

interface Operators {
  type: () => object;
  /** gt, gte, lt and lte. */
  ordered?: boolean;
  /** contains and startsWith. */
  text?: boolean;
  single?: boolean;
}

/** Calls type-graphql's decorators on a fresh class. */
function valueFilter(
  name: string,
  { type, ordered, text, single }: Operators,
  description?: string,
): ClassType<object> {
  class Filter {}
  const field = (operator: string, of: () => unknown, about?: string): void =>
    Field(of as never, { nullable: true, ...(about ? { description: about } : {}) })(Filter.prototype, operator);
  field('eq', type);
  field('ne', type, 'Not this one; rows without a value are found too.');
  if (!single) {
    field('in', () => [type()], MANY);
    field('notIn', () => [type()], NOT_MANY);
  }
  if (ordered) for (const operator of ['gt', 'gte', 'lt', 'lte']) field(operator, type);
  if (text) {
    field('contains', type, 'Part of the text; letter case does not count.');
    field('startsWith', type, 'The beginning of the text; letter case does not count.');
  }
  field('isNull', () => Boolean);
  Object.defineProperty(Filter, 'name', { value: name });
  InputType(name, description ? { description } : {})(Filter);
  return Filter;
}

export const StringFilter = valueFilter('StringFilter', { type: () => String, text: true });
export const IdFilter = valueFilter('IdFilter', { type: () => ID });
export const BooleanFilter = valueFilter('BooleanFilter', { type: () => Boolean, single: true });
export const DecimalFilter = valueFilter('DecimalFilter', { type: () => DecimalText, ordered: true });
export const IntFilter = valueFilter('IntFilter', { type: () => Int, ordered: true });
export const DateTimeFilter = valueFilter('DateTimeFilter', { type: () => DateTime, ordered: true });
export const DateFilter = valueFilter('DateFilter', { type: () => BusinessDate, ordered: true });

class Tags {}
Field(() => String, { nullable: true, description: 'Whether this one is among them.' })(Tags.prototype, 'eq');
Field(() => [String], { nullable: true, description: `Whether one of these is among them. ${MANY}` })(
  Tags.prototype,
  'in',
);
Field(() => Boolean, { nullable: true, description: 'Whether there is none.' })(Tags.prototype, 'isNull');
InputType('StringListFilter', { description: 'Over a list of texts.' })(Tags);
export const StringListFilter: ClassType<object> = Tags;

const enumFilters = new Map<object, ClassType<object>>();

/**
 * The filter of a column with a closed set of values, over the enum that answers show: `OrderStatus` ->
 * `OrderStatusFilter`. A name that the enum lacks is refused by validation and never finds nothing in silence.
 */
export function enumFilter(values: object, name: string): ClassType<object> {
  const known = enumFilters.get(values);
  if (known) return known;
  const made = valueFilter(`${name}Filter`, { type: () => values });
  enumFilters.set(values, made);
  return made;
}
