import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { recordedCreditNote, recordedInvoice } from '../billing/recorded.entity.js';
import { Payment } from '../billing/payment.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import { badInput } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { assertCurrency, assertPositiveAmount } from '../kernel/document-values.js';
import { findExchangeRate } from '../organisation/organisation.queries.js';
import { recordedPayment } from '../receivables/recorded.entity.js';
import {
  CollectAtTillInput,
  CountedCashInput,
  MoveTillCashInput,
  ParkedSaleFilter,
  ParkedSaleSort,
  ParkSaleInput,
  ReturnAtTillInput,
  SellAtTillInput,
  TenderInput,
  TillSessionFilter,
  TillSessionSort,
} from './till.inputs.js';
import type { Context } from '../platform/graphql/context.js';
import { DecimalText, Money } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { discardParkedSale, parkSale } from './parked-sale.service.js';
import { ParkedSale, TillSession, TillTender } from './till.entity.js';
import { moveTillCash } from './till-move.service.js';
import { collectAtTill, returnAtTill, sellAtTill } from './till-sale.service.js';
import { parkedSaleRead, tillSessionRead, type TillSessionRow } from './till.queries.js';
import { closeTill, openTill } from './till.service.js';
import { assertTender, currenciesOf, settleTender } from './tender.js';

const SessionConnection = connectionOf(TillSession, 'TillSession');

const readSession = (
  context: Context,
  id: string,
  info: GraphQLResolveInfo,
  field: string | null,
): Promise<TillSessionRow | null> => {
  const requested = selectionOf(info);
  return readOne(context, tillSessionRead, id, field === null ? requested : childSelection(requested, field));
};

const recordedSession = defineRecorded<TillSession>({
  field: 'session',
  noun: 'Till session',
  type: TillSession,
  read: (context, id, info) => readSession(context, id, info, 'session'),
});

const recordedParked = defineRecorded<ParkedSale>({
  field: 'parkedSale',
  noun: 'Parked sale',
  type: ParkedSale,
  read: (context, id, info) => readOne(context, parkedSaleRead, id, childSelection(selectionOf(info), 'parkedSale')),
});

@ObjectType({ description: 'A parked sale that is no more.' })
export class ParkedSaleDiscarded {
  @Field(() => ID)
  id!: string;
}

@ObjectType({ description: 'What goes back, and what is rounded off.' })
export class TillChange {
  @Field(() => [Money])
  change!: Money[];

  @Field(() => Money, { description: 'In the currency of what is due; above 0 it is lost.' })
  rounding!: Money;
}

const ParkedConnection = connectionOf(ParkedSale, 'ParkedSale');
const collectResult = recordedPayment.result('CollectAtTill', collectAtTill.fails);
const moveResult = recordedSession.result('MoveTillCash', moveTillCash.fails);
const parkResult = recordedParked.result('ParkSale', parkSale.fails);
const discardResult = defineResult<ParkedSaleDiscarded>(
  'DiscardParkedSaleResult',
  { type: ParkedSaleDiscarded, name: 'ParkedSaleDiscarded' },
  discardParkedSale.fails,
);
const openResult = recordedSession.result('OpenTill', openTill.fails);
const closeResult = recordedSession.result('CloseTill', closeTill.fails);
const sellResult = recordedInvoice.result('SellAtTill', sellAtTill.fails);
const returnResult = recordedCreditNote.result('ReturnAtTill', returnAtTill.fails);

@Resolver(() => TillSession)
export class TillResolver {
  @Query(() => SessionConnection, { description: 'One’s own shifts, newest first; with till:all those of everybody.' })
  tillSessions(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => TillSessionFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => TillSessionSort, { defaultValue: TillSessionSort.OPENED_DESC })
    orderBy: keyof typeof TillSessionSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<TillSessionRow>> {
    const sort = sortNamed<TillSession>(TillSessionSort, orderBy);
    return readPage(context, tillSessionRead, { args, info, sort, where: [filtered(TillSessionFilter, filter)] });
  }

  @Query(() => TillSession, { nullable: true })
  tillSession(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TillSessionRow | null> {
    return readSession(context, id, info, null);
  }

  @Mutation(() => openResult.type, {
    description: 'One open till a person. What nobody counted is what the drawer held; a difference is posted.',
  })
  openTill(
    @Ctx() context: Context,
    @Arg('counts', () => [CountedCashInput]) counts: CountedCashInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Arg('warehouseId', () => ID, { nullable: true }) warehouseId: string | null,
    @Arg('boxId', () => ID, { nullable: true, description: 'The drawer; left out: the own one.' })
    boxId: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedSession.run(openResult, { context, info }, (tx, documentContext) =>
      openTill(tx, documentContext, { counts, warehouseId, boxId, idempotencyKey }),
    );
  }

  @Mutation(() => closeResult.type, {
    description: 'What it should hold is kept beside what was counted, and the difference is posted.',
  })
  closeTill(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('counts', () => [CountedCashInput]) counts: CountedCashInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedSession.run(closeResult, { context, info }, (tx, documentContext) =>
      closeTill(tx, documentContext, { id, version, counts, idempotencyKey }),
    );
  }

  @Mutation(() => sellResult.type, {
    description: 'Order, goods, invoice and payments in one transaction, or nothing of it.',
  })
  sellAtTill(
    @Ctx() context: Context,
    @Arg('input', () => SellAtTillInput) input: SellAtTillInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedInvoice.run(sellResult, { context, info }, (tx, documentContext) =>
      sellAtTill(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => returnResult.type, {
    description: 'Credit note, stock of the till’s warehouse and refund in one transaction.',
  })
  returnAtTill(
    @Ctx() context: Context,
    @Arg('input', () => ReturnAtTillInput) input: ReturnAtTillInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedCreditNote.run(returnResult, { context, info }, (tx, documentContext) =>
      returnAtTill(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Query(() => TillChange, {
    description: 'What goes back when this is handed over for what is due, at the rates of today.',
  })
  async tillChange(
    @Ctx() context: Context,
    @Arg('due', () => DecimalText) due: string,
    @Arg('currency', () => String) currency: string,
    @Arg('cash', () => TenderInput) cash: TenderInput,
  ): Promise<TillChange> {
    assertCurrency(currency);
    assertPositiveAmount(due, currency, 'due');
    assertTender(cash);
    const rates = new Map<string, Decimal>();
    for (const code of new Set([...currenciesOf(cash), currency])) {
      const rate = await findExchangeRate(context.read, code, context.today);
      if (rate === null)
        throw badInput('cash', msg`There is no exchange rate of ${code} on ${context.today}. Record one first.`);
      rates.set(code, new Decimal(rate));
    }
    const { change, rounding } = settleTender(due, currency, cash, rates);
    return { change: change.map((one) => ({ ...one })), rounding: { amount: rounding, currency } };
  }

  @Mutation(() => collectResult.type, { description: 'Money for what a customer owes, taken at the till.' })
  collectAtTill(
    @Ctx() context: Context,
    @Arg('input', () => CollectAtTillInput) input: CollectAtTillInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedPayment.run(collectResult, { context, info }, (tx, documentContext) =>
      collectAtTill(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => moveResult.type, { description: 'Pays into the drawer or out of it, without a sale.' })
  moveTillCash(
    @Ctx() context: Context,
    @Arg('input', () => MoveTillCashInput) input: MoveTillCashInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedSession.run(moveResult, { context, info }, (tx, documentContext) =>
      moveTillCash(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Query(() => ParkedConnection, { description: 'Sales that wait, of all tills.' })
  parkedSales(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ParkedSaleFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => ParkedSaleSort, { defaultValue: ParkedSaleSort.CREATED_DESC })
    orderBy: keyof typeof ParkedSaleSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<object>> {
    const sort = sortNamed<ParkedSale>(ParkedSaleSort, orderBy);
    return readPage(context, parkedSaleRead, { args, info, sort, where: [filtered(ParkedSaleFilter, filter)] });
  }

  @Mutation(() => parkResult.type, {
    description: 'Puts a sale aside; it reserves nothing and is priced when it is sold.',
  })
  parkSale(
    @Ctx() context: Context,
    @Arg('input', () => ParkSaleInput) input: ParkSaleInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedParked.run(parkResult, { context, info }, (tx, documentContext) =>
      parkSale(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => discardResult.type)
  discardParkedSale(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return discardResult.run(context, async () => {
      await context.transact((tx) => discardParkedSale(tx, id));
      return { id };
    });
  }
}

@Resolver(() => Payment)
export class PaymentTendersResolver {
  @FieldResolver(() => [TillTender], { description: 'What was handed over at the till, by currency.' })
  tenders(@Root() payment: { tenders?: TillTender[] }): TillTender[] {
    return payment.tenders ?? [];
  }
}
