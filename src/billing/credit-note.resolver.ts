import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ApplyArgs, ReasonedStepArgs } from '../documents/line-input.entity.js';
import { readDocument } from '../documents/document.queries.js';
import type { Context } from '../platform/graphql/context.js';
import { CreditNote } from './credit-note.entity.js';
import { CreditNoteFilter, CreditNoteSort, IssueCreditNoteInput } from './credit-note.inputs.js';
import { creditNoteRead, type CreditNoteRow } from './credit-note.queries.js';
import { voidCreditNote } from './credit-note-void.service.js';
import { applyCreditNote, issueCreditNote } from './credit-note.service.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { recordedCreditNote } from './recorded.entity.js';
import { Allocation } from './settlement.entity.js';

const CreditNoteConnection = connectionOf(CreditNote, 'CreditNote');

const noteResult = recordedCreditNote.result('IssueCreditNote', issueCreditNote.fails);
const applyCreditNoteResult = recordedCreditNote.result('ApplyCreditNote', applyCreditNote.fails);
const voidNoteResult = recordedCreditNote.result('VoidCreditNote', voidCreditNote.fails);

@Resolver(() => CreditNote)
export class CreditNoteResolver {
  @Query(() => CreditNoteConnection, { description: 'Credit notes that the viewer may see.' })
  creditNotes(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => CreditNoteFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => CreditNoteSort, { defaultValue: CreditNoteSort.CREATED_DESC })
    orderBy: keyof typeof CreditNoteSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CreditNoteRow>> {
    const sort = sortNamed<CreditNote>(CreditNoteSort, orderBy);
    return readPage(context, creditNoteRead, { args, info, sort, where: [filtered(CreditNoteFilter, filter)] });
  }

  @Query(() => CreditNote, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  creditNote(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CreditNoteRow | null> {
    return readDocument(context, creditNoteRead, id, info, null);
  }

  @Mutation(() => noteResult.type, {
    description: 'Credits an invoice by line or by an amount, and settles with it what is open there.',
  })
  issueCreditNote(
    @Ctx() context: Context,
    @Arg('input', () => IssueCreditNoteInput) input: IssueCreditNoteInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedCreditNote.run(noteResult, { context, info }, (tx, documentContext) =>
      issueCreditNote(tx, documentContext, { ...input, idempotencyKey }),
    );
  }

  @Mutation(() => applyCreditNoteResult.type, { description: 'Settles invoices with what is left of a credit note.' })
  applyCreditNote(
    @Ctx() context: Context,
    @Args(() => ApplyArgs) input: ApplyArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedCreditNote.run(applyCreditNoteResult, { context, info }, (tx, documentContext) =>
      applyCreditNote(tx, documentContext, input),
    );
  }

  @Mutation(() => voidNoteResult.type, { description: 'By a counter-entry of today; goods that came back stay.' })
  voidCreditNote(
    @Ctx() context: Context,
    @Args(() => ReasonedStepArgs) input: ReasonedStepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recordedCreditNote.run(voidNoteResult, { context, info }, (tx, documentContext) =>
      voidCreditNote(tx, documentContext, input),
    );
  }

  @FieldResolver(() => [Allocation])
  allocations(@Root() note: { allocations?: Allocation[] }): Allocation[] {
    return note.allocations ?? [];
  }
}
