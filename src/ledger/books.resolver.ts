import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { closeBooks } from './books.service.js';

@ObjectType()
export class BooksClosed {
  @Field(() => BusinessDate, { description: 'No document can be dated on this day or before.' })
  closedUntil!: string;
}

const closeResult = defineResult('CloseBooksResult', { type: BooksClosed, name: 'BooksClosed' }, closeBooks.fails);

@Resolver()
export class BooksResolver {
  @Mutation(() => closeResult.type, { description: 'For good: the day never moves back.' })
  closeBooks(@Ctx() context: Context, @Arg('until', () => BusinessDate) until: string): Promise<object> {
    return closeResult.run(context, async () => ({
      closedUntil: await context.transact((tx) => closeBooks(tx, context, until)),
    }));
  }
}
