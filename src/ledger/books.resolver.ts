import { Arg, Ctx, Field, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { closedUntil } from '../organisation/organisation.queries.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DecimalText, Money } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { findBaseCurrency, findTolerances } from './books.queries.js';
import { setBaseCurrency, setWriteOffTolerance } from './books.service.js';
import { closeBooks, reopenBooks } from './closing.service.js';

@ObjectType({ description: 'The books of the company.' })
export class Books {
  @Field(() => BusinessDate, {
    nullable: true,
    description: 'No entry is dated on this day or before; null: no day is closed.',
  })
  closedUntil!: string | null;

  @Field(() => String, { description: 'The currency in which they are kept; fixed by the first posting.' })
  baseCurrency!: string;

  @Field(() => [Money], {
    description: 'How much of a rest may be written off with a payment by whoever records it, in each currency.',
  })
  writeOffTolerances!: Money[];
}

@ObjectType()
export class BooksClosed {
  @Field(() => BusinessDate, { description: 'No document can be dated on this day or before.' })
  closedUntil!: string;
}

const closeResult = defineResult('CloseBooksResult', { type: BooksClosed, name: 'BooksClosed' }, closeBooks.fails);
const reopenResult = defineResult('ReopenBooksResult', { type: Books, name: 'Books' }, reopenBooks.fails);
const toleranceResult = defineResult(
  'SetWriteOffToleranceResult',
  { type: Books, name: 'Books' },
  setWriteOffTolerance.fails,
);
const baseResult = defineResult('SetBaseCurrencyResult', { type: Books, name: 'Books' }, setBaseCurrency.fails);

async function readBooks(context: Context): Promise<Books> {
  const run = <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => context.read<Row>(text, values);
  const [closed, baseCurrency, tolerances] = await Promise.all([
    closedUntil(run),
    findBaseCurrency(run),
    findTolerances(run),
  ]);
  const writeOffTolerances = Object.entries(tolerances).map(([currency, amount]) => ({ currency, amount }));
  return { closedUntil: closed, baseCurrency, writeOffTolerances };
}

@Resolver()
export class BooksResolver {
  @Query(() => Books)
  books(@Ctx() context: Context): Promise<Books> {
    return readBooks(context);
  }

  @Mutation(() => closeResult.type, {
    description: 'Up to a day that is over. Stated balances that the journal does not agree with forbid it.',
  })
  closeBooks(@Ctx() context: Context, @Arg('until', () => BusinessDate) until: string): Promise<object> {
    return closeResult.run(context, async () => ({
      closedUntil: await context.transact((tx) => closeBooks(tx, context, until)),
    }));
  }

  @Mutation(() => reopenResult.type, {
    description: 'Opens the days behind one again; the audit log keeps the reason.',
  })
  reopenBooks(
    @Ctx() context: Context,
    @Arg('until', () => BusinessDate, {
      nullable: true,
      description: 'The last day that stays closed; null: none does.',
    })
    until: string | null,
    @Arg('reason', () => String) reason: string,
  ): Promise<object> {
    return reopenResult.run(context, async () => {
      await context.transact((tx) => reopenBooks(tx, { until: until ?? null, reason }));
      return readBooks(context);
    });
  }

  @Mutation(() => baseResult.type, { description: 'Before the first posting only.' })
  setBaseCurrency(@Ctx() context: Context, @Arg('currency', () => String) currency: string): Promise<object> {
    return baseResult.run(context, async () => {
      await context.transact((tx) => setBaseCurrency(tx, currency));
      return readBooks(context);
    });
  }

  @Mutation(() => toleranceResult.type, {
    description:
      'Sets how much of a rest in a currency may be written off with a payment; the same again changes nothing.',
  })
  setWriteOffTolerance(
    @Ctx() context: Context,
    @Arg('currency', () => String, { description: 'IQD, USD or RMB.' }) currency: string,
    @Arg('amount', () => DecimalText, { description: '0: nothing; at most 25000 IQD, 20 USD or 150 RMB.' })
    amount: string,
  ): Promise<object> {
    return toleranceResult.run(context, async () => {
      await context.transact((tx) => setWriteOffTolerance(tx, { currency, amount }));
      return readBooks(context);
    });
  }
}
