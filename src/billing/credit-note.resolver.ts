import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { documentScope } from '../documents/document.queries.js';
import { ApplyArgs, ReasonedStepArgs } from '../documents/line-input.entity.js';
import { failuresOf } from '../documents/recorded.entity.js';
import { connectionOf, type Page, PageArgs, readPage } from '../platform/graphql/connections.js';
import type { Context } from '../platform/graphql/context.js';
import { compileFilter, Params } from '../platform/graphql/filters.js';
import { InsufficientStockError } from '../platform/graphql/user-error.js';
import { CreditNote, CreditNoteLine } from './credit-note.entity.js';
import { CreditNoteFilter, IssueCreditNoteInput } from './credit-note.inputs.js';
import { creditNoteList } from './credit-note.queries.js';
import { applyCreditNote, issueCreditNote, voidCreditNote } from './credit-note.service.js';
import { Invoice } from './invoice.entity.js';
import { recordedCreditNote } from './recorded.entity.js';
import { Allocation } from './settlement.entity.js';

const CreditNoteConnection = connectionOf(CreditNote, 'CreditNote');

const { settling, changing } = failuresOf;
const noteResult = recordedCreditNote.result('IssueCreditNote', settling, InsufficientStockError);
const applyCreditNoteResult = recordedCreditNote.result('ApplyCreditNote', settling, InsufficientStockError);
const voidNoteResult = recordedCreditNote.result('VoidCreditNote', changing);

@Resolver(() => CreditNote)
export class CreditNoteResolver {
  @Query(() => CreditNoteConnection, { description: 'Credit notes that the viewer may see.' })
  creditNotes(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => CreditNoteFilter, { nullable: true }) filter: CreditNoteFilter | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CreditNote>> {
    const params = new Params();
    const where = [
      documentScope({ viewer: context.viewer, params }, 'n.customer_id'),
      compileFilter(filter, CreditNoteFilter.columns, params),
    ];
    return readPage(context, creditNoteList, { args, order: 'CREATED_DESC', where, params, info });
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

  @FieldResolver(() => Customer, { nullable: true, description: 'As far as the viewer may see customers.' })
  customer(@Root() note: { customer?: Customer | null }): Customer | null {
    return note.customer ?? null;
  }

  @FieldResolver(() => Invoice, { nullable: true })
  invoice(@Root() note: { invoice?: Invoice | null }): Invoice | null {
    return note.invoice ?? null;
  }

  @FieldResolver(() => [CreditNoteLine])
  lines(@Root() note: { lines?: CreditNoteLine[] }): CreditNoteLine[] {
    return note.lines ?? [];
  }

  @FieldResolver(() => [Allocation])
  allocations(@Root() note: { allocations?: Allocation[] }): Allocation[] {
    return note.allocations ?? [];
  }
}

@Resolver(() => CreditNoteLine)
export class CreditNoteLineResolver {
  @FieldResolver(() => Product, { nullable: true, description: 'As far as the viewer may see products.' })
  product(@Root() line: { product?: Product | null }): Product | null {
    return line.product ?? null;
  }
}
