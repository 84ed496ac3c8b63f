import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { CreateCreditNoteInput, CreateDebitNoteInput, WriteOffInput } from './adjustment.inputs.js';
import { createCreditNote, createDebitNote, writeOff } from './adjustment.service.js';
import { recordedCreditNote, recordedInvoice } from './recorded.entity.js';

const creditResult = recordedCreditNote.result('CreateCreditNote', createCreditNote.fails);
const debitResult = recordedInvoice.result('CreateDebitNote', createDebitNote.fails);
const writeOffResult = recordedCreditNote.result('WriteOff', writeOff.fails);

@Resolver()
export class AdjustmentResolver {
  @Mutation(() => creditResult.type, {
    description:
      'Credits a customer without an invoice: an allowance, which settles what is named or waits on account.',
  })
  createCreditNote(
    @Ctx() context: Context,
    @Arg('input', () => CreateCreditNoteInput) input: CreateCreditNoteInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedCreditNote.run(creditResult, { context, info }, (tx, documentContext) =>
      createCreditNote(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => debitResult.type, { description: 'Debits a customer beside goods and services: other income.' })
  createDebitNote(
    @Ctx() context: Context,
    @Arg('input', () => CreateDebitNoteInput) input: CreateDebitNoteInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedInvoice.run(debitResult, { context, info }, (tx, documentContext) =>
      createDebitNote(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => writeOffResult.type, {
    description: 'Writes off what a customer will not pay of an invoice, as a bad debt of today.',
  })
  writeOff(
    @Ctx() context: Context,
    @Arg('input', () => WriteOffInput) input: WriteOffInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedCreditNote.run(writeOffResult, { context, info }, (tx, documentContext) =>
      writeOff(tx, documentContext, { ...input, idempotencyKey }),
    );
  }
}
