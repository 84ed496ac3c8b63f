import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { CreditNoteRecorded } from '../billing/credit-note.entity.js';
import { InvoiceRecorded } from '../billing/invoice.entity.js';
import { invoiceRead } from '../billing/invoice.queries.js';
import { readAnswer, transactDocument } from '../documents/document-context.service.js';
import { readDocument } from '../documents/document.queries.js';
import { CreditLineInput, OrderLineGivenInput } from '../documents/line-input.entity.js';
import { TillSessionFilter, TillSessionSort } from './till.inputs.js';
import { type PaymentMethod, PaymentMethodEnum } from '../organisation/payment-method.entity.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { DecimalText } from '../platform/graphql/scalars.js';
import {
  AlreadyRunningError,
  ApprovalNeededError,
  defineResult,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
  InsufficientStockError,
  InvalidInputError,
  NotFoundError,
  PeriodClosedError,
  StaleVersionError,
} from '../platform/graphql/user-error.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { creditNoteRead } from '../billing/credit-note.queries.js';
import { TillCount, TillSession } from './till.entity.js';
import { tillSessionRead, type TillSessionRow } from './till.queries.js';
import { closeTill, openTill, returnAtTill, sellAtTill } from './till.service.js';

@InputType()
export class CountedCashInput {
  @Field(() => String, { description: 'IQD or USD.' })
  currency!: string;

  @Field(() => DecimalText)
  amount!: string;
}

@InputType()
export class TillPaymentInput {
  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => DecimalText, { description: 'In the currency of the sale.' })
  amount!: string;
}

@InputType()
export class SellAtTillInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID, { nullable: true, description: 'Left out: whoever walked in, by the consumer list.' })
  customerId?: string | null;

  @Field(() => [OrderLineGivenInput])
  lines!: OrderLineGivenInput[];

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string | null;

  @Field(() => [TillPaymentInput], { description: 'One or several that sum to the total.' })
  payments!: TillPaymentInput[];
}

@InputType()
export class ReturnAtTillInput {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID)
  invoiceId!: string;

  @Field(() => [CreditLineInput])
  lines!: CreditLineInput[];

  @Field(() => String)
  reason!: string;

  @Field(() => PaymentMethodEnum, { description: 'How the money is given back.' })
  method!: PaymentMethod;
}

@ObjectType({ description: 'The shift as it is now, and whether the key had been used before.' })
export class TillSessionRecorded {
  @Field(() => TillSession)
  session!: TillSessionRow;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

const SessionConnection = connectionOf(TillSession, 'TillSession');

const tillRecorded = { type: TillSessionRecorded, name: 'TillSessionRecorded' };

const openResult = defineResult<TillSessionRecorded>('OpenTillResult', tillRecorded, [
  InvalidInputError,
  NotFoundError,
  AlreadyRunningError,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
]);

const closeResult = defineResult<TillSessionRecorded>('CloseTillResult', tillRecorded, [
  InvalidInputError,
  NotFoundError,
  StaleVersionError,
  IdempotencyMismatchError,
]);

const FAILURES = [
  InvalidInputError,
  NotFoundError,
  InsufficientStockError,
  PeriodClosedError,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
];

const sellResult = defineResult<InvoiceRecorded>(
  'SellAtTillResult',
  { type: InvoiceRecorded, name: 'InvoiceRecorded' },
  [...FAILURES, ApprovalNeededError],
);

const returnResult = defineResult<CreditNoteRecorded>(
  'ReturnAtTillResult',
  { type: CreditNoteRecorded, name: 'CreditNoteRecorded' },
  FAILURES,
);

const readSession = (
  context: Context,
  id: string,
  info: GraphQLResolveInfo,
  field: string | null,
): Promise<TillSessionRow | null> => {
  const requested = selectionOf(info);
  return readOne(context, tillSessionRead, id, field === null ? requested : childSelection(requested, field));
};

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

  @Mutation(() => openResult.type, { description: 'One open till a person.' })
  openTill(
    @Ctx() context: Context,
    @Arg('counts', () => [CountedCashInput]) counts: CountedCashInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Arg('warehouseId', () => ID, { nullable: true }) warehouseId: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return openResult.run(context, async () => {
      const done = await transactDocument(context, (tx, documentContext) =>
        openTill(tx, documentContext, { counts, warehouseId, idempotencyKey }),
      );
      const { row, replayed } = await readAnswer(done, 'Till session', (id) =>
        readSession(context, id, info, 'session'),
      );
      return { session: row, replayed };
    });
  }

  @Mutation(() => closeResult.type, { description: 'What it should hold is kept beside what was counted.' })
  closeTill(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('counts', () => [CountedCashInput]) counts: CountedCashInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return closeResult.run(context, async () => {
      const input = { id, version, counts, idempotencyKey };
      const done = await transactDocument(context, (tx, documentContext) => closeTill(tx, documentContext, input));
      const { row, replayed } = await readAnswer(done, 'Till session', (one) =>
        readSession(context, one, info, 'session'),
      );
      return { session: row, replayed };
    });
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
    return sellResult.run(context, async () => {
      const done = await transactDocument(context, (tx, documentContext) =>
        sellAtTill(tx, documentContext, { ...input, idempotencyKey }),
      );
      const read = (id: string) => readDocument(context, invoiceRead, id, info, 'invoice');
      const { row, replayed } = await readAnswer(done, 'Invoice', read);
      return { invoice: row, replayed };
    });
  }

  @Mutation(() => returnResult.type, { description: 'Credit note, stock and refund in one transaction.' })
  returnAtTill(
    @Ctx() context: Context,
    @Arg('input', () => ReturnAtTillInput) input: ReturnAtTillInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return returnResult.run(context, async () => {
      const done = await transactDocument(context, (tx, documentContext) =>
        returnAtTill(tx, documentContext, { ...input, idempotencyKey }),
      );
      const read = (id: string) => readDocument(context, creditNoteRead, id, info, 'creditNote');
      const { row, replayed } = await readAnswer(done, 'Credit note', read);
      return { creditNote: row, replayed };
    });
  }

  @FieldResolver(() => Warehouse)
  warehouse(@Root() session: { warehouse: Warehouse }): Warehouse {
    return session.warehouse;
  }

  @FieldResolver(() => [TillCount])
  counts(@Root() session: { counts?: TillCount[] }): TillCount[] {
    return session.counts ?? [];
  }

  @FieldResolver(() => Int, { description: 'Invoices that were paid here.' })
  sales(@Root() session: { sales: number }): number {
    return session.sales;
  }
}
