import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { ReasonedStepArgs, StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { CashTransfer } from './cash-transfer.entity.js';
import {
  CashTransferFilter,
  CashTransferSort,
  ExchangeCashInput,
  HandOverCashInput,
  ReceiveCashTransferArgs,
  RequestCashTransferInput,
} from './cash-transfer.inputs.js';
import { cashTransferRead, type CashTransferRow } from './cash-transfer.queries.js';
import { exchangeCash } from './cash-exchange.service.js';
import { handOverCash } from './hand-over.service.js';
import {
  approveCashTransfer,
  cancelCashTransfer,
  receiveCashTransfer,
  requestCashTransfer,
  sendCashTransfer,
} from './cash-transfer.service.js';

const TransferConnection = connectionOf(CashTransfer, 'CashTransfer');

const recorded = defineRecorded<CashTransfer>({
  field: 'transfer',
  noun: 'Cash transfer',
  type: CashTransfer,
  read: (context, id, info) => readOne(context, cashTransferRead, id, childSelection(selectionOf(info), 'transfer')),
});

const requestResult = recorded.result('RequestCashTransfer', requestCashTransfer.fails);
const approveResult = recorded.result('ApproveCashTransfer', approveCashTransfer.fails);
const sendResult = recorded.result('SendCashTransfer', sendCashTransfer.fails);
const receiveResult = recorded.result('ReceiveCashTransfer', receiveCashTransfer.fails);
const cancelResult = recorded.result('CancelCashTransfer', cancelCashTransfer.fails);
const handOverResult = recorded.result('HandOverCash', handOverCash.fails);
const exchangeResult = recorded.result('ExchangeCash', exchangeCash.fails);

@Resolver(() => CashTransfer)
export class CashTransferResolver {
  @Query(() => TransferConnection, {
    description: 'Transfers of the own boxes and those that one asked for; with cash:all those of everybody.',
  })
  cashTransfers(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => CashTransferFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => CashTransferSort, { defaultValue: CashTransferSort.CREATED_DESC })
    orderBy: keyof typeof CashTransferSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CashTransferRow>> {
    const sort = sortNamed<CashTransfer>(CashTransferSort, orderBy);
    return readPage(context, cashTransferRead, { args, info, sort, where: [filtered(CashTransferFilter, filter)] });
  }

  @Query(() => CashTransfer, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  cashTransfer(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CashTransferRow | null> {
    return readOne(context, cashTransferRead, id, selectionOf(info));
  }

  @Mutation(() => requestResult.type, { description: 'Whoever keeps one of the boxes may ask.' })
  requestCashTransfer(
    @Ctx() context: Context,
    @Arg('input', () => RequestCashTransferInput) input: RequestCashTransferInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(requestResult, { context, info }, (tx, documentContext) =>
      requestCashTransfer(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => approveResult.type)
  approveCashTransfer(
    @Ctx() context: Context,
    @Args(() => StepArgs) input: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(approveResult, { context, info }, (tx, documentContext) =>
      approveCashTransfer(tx, documentContext, input),
    );
  }

  @Mutation(() => sendResult.type, { description: 'The cash leaves its box, and is in transit until it is received.' })
  sendCashTransfer(
    @Ctx() context: Context,
    @Args(() => StepArgs) input: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(sendResult, { context, info }, (tx, documentContext) =>
      sendCashTransfer(tx, documentContext, input),
    );
  }

  @Mutation(() => receiveResult.type, {
    description: 'The cash reaches its box. What is missing of a hand-over becomes a debt, with cash:approve.',
  })
  receiveCashTransfer(
    @Ctx() context: Context,
    @Args(() => ReceiveCashTransferArgs) input: ReceiveCashTransferArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(receiveResult, { context, info }, (tx, documentContext) =>
      receiveCashTransfer(tx, documentContext, input),
    );
  }

  @Mutation(() => cancelResult.type, { description: 'What was sent goes back into its box, with cash:approve.' })
  cancelCashTransfer(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(cancelResult, { context, info }, (tx, documentContext) =>
      cancelCashTransfer(tx, documentContext, input),
    );
  }

  @Mutation(() => handOverResult.type, {
    description: 'Hands over what was collected: what is claimed is held against what the box should hold.',
  })
  handOverCash(
    @Ctx() context: Context,
    @Arg('input', () => HandOverCashInput) input: HandOverCashInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(handOverResult, { context, info }, (tx, documentContext) =>
      handOverCash(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => exchangeResult.type, { description: 'Exchanges cash of one currency for another.' })
  exchangeCash(
    @Ctx() context: Context,
    @Arg('input', () => ExchangeCashInput) input: ExchangeCashInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(exchangeResult, { context, info }, (tx, documentContext) =>
      exchangeCash(tx, documentContext, { ...input, idempotencyKey }),
    );
  }
}
