import { Field, ObjectType } from 'type-graphql';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { defineResult, InvalidInputError } from '../platform/graphql/user-error.js';

@ObjectType()
export class BooksClosed {
  @Field(() => BusinessDate, { description: 'No document can be dated on this day or before.' })
  closedUntil!: string;
}

export const closeResult = defineResult('CloseBooksResult', { type: BooksClosed, name: 'BooksClosed' }, [
  InvalidInputError,
]);
