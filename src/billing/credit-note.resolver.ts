import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { type DocumentMade, readAnswer, transactDocument } from '../documents/document-context.service.js';
import { readDocument } from '../documents/document.queries.js';
import { AllocationGivenInput } from '../documents/line-input.entity.js';
import type { Context } from '../platform/graphql/context.js';
import {
  defineResult,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
  InsufficientStockError,
  InvalidInputError,
  NotFoundError,
  OverpaymentError,
  PeriodClosedError,
  StaleVersionError,
  WrongCurrencyError,
} from '../platform/graphql/user-error.js';
import type { Keyed } from '../platform/idempotency.js';
import { CreditNote, CreditNoteLine, CreditNoteRecorded } from './credit-note.entity.js';
import { CreditNoteFilter, CreditNoteSort, IssueCreditNoteInput } from './credit-note.inputs.js';
import { creditNoteRead, type CreditNoteRow } from './credit-note.queries.js';
import { applyCreditNote, issueCreditNote, voidCreditNote } from './credit-note.service.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { Invoice } from './invoice.entity.js';
import { Allocation } from './settlement.entity.js';

const CreditNoteConnection = connectionOf(CreditNote, 'CreditNote');

const FAILURES = [
  NotFoundError,
  InvalidInputError,
  FieldOwnedElsewhereError,
  PeriodClosedError,
  IdempotencyMismatchError,
];

const SETTLING = [...FAILURES, OverpaymentError, WrongCurrencyError];

const noteRecorded = { type: CreditNoteRecorded, name: 'CreditNoteRecorded' };

const noteResult = defineResult<CreditNoteRecorded>('IssueCreditNoteResult', noteRecorded, [
  ...SETTLING,
  InsufficientStockError,
]);
const applyCreditNoteResult = defineResult<CreditNoteRecorded>('ApplyCreditNoteResult', noteRecorded, [
  ...SETTLING,
  InsufficientStockError,
]);

const voidNoteResult = defineResult<CreditNoteRecorded>('VoidCreditNoteResult', noteRecorded, [
  ...FAILURES,
  StaleVersionError,
]);

type Done = Promise<Keyed<DocumentMade>>;

const noteAnswer = async (context: Context, info: GraphQLResolveInfo, done: Done): Promise<CreditNoteRecorded> => {
  const read = (id: string): Promise<CreditNoteRow | null> =>
    readDocument(context, creditNoteRead, id, info, 'creditNote');
  const { row, replayed } = await readAnswer(await done, 'Credit note', read);
  return { creditNote: row, replayed };
};

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
    return noteResult.run(context, () =>
      noteAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) =>
          issueCreditNote(tx, documentContext, { ...input, idempotencyKey }),
        ),
      ),
    );
  }

  @Mutation(() => applyCreditNoteResult.type, { description: 'Settles invoices with what is left of a credit note.' })
  applyCreditNote(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('allocations', () => [AllocationGivenInput]) allocations: AllocationGivenInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, allocations, idempotencyKey };
    return applyCreditNoteResult.run(context, () =>
      noteAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => applyCreditNote(tx, documentContext, input)),
      ),
    );
  }

  @Mutation(() => voidNoteResult.type, { description: 'By a counter-entry of today; goods that came back stay.' })
  voidCreditNote(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('reason', () => String) reason: string,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    const input = { id, version, reason, idempotencyKey };
    return voidNoteResult.run(context, () =>
      noteAnswer(
        context,
        info,
        transactDocument(context, (tx, documentContext) => voidCreditNote(tx, documentContext, input)),
      ),
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
