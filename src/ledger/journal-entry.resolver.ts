import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { JournalEntry } from './journal.entity.js';
import { journalEntryRead, type JournalEntryRow } from './journal-entry.queries.js';
import { JournalEntryFilter, JournalEntrySort, PostJournalEntryInput } from './ledger.inputs.js';
import { postManualEntry, reverseManualEntry } from './manual-entry.service.js';

const JournalEntryConnection = connectionOf(JournalEntry, 'JournalEntry');
const entry = { type: JournalEntry, name: 'JournalEntry' };
const postResult = defineResult<JournalEntryRow>('PostJournalEntryResult', entry, postManualEntry.fails);
const reverseResult = defineResult<JournalEntryRow>('ReverseJournalEntryResult', entry, reverseManualEntry.fails);

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<JournalEntryRow> {
  const found = await readOne(context, journalEntryRead, id, selectionOf(info));
  if (!found) throw notFound('Journal entry', id);
  return found;
}

@Resolver()
export class JournalEntryResolver {
  @Query(() => JournalEntryConnection, { description: 'The newest first, unless another order is asked for.' })
  journalEntries(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => JournalEntryFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => JournalEntrySort, { defaultValue: JournalEntrySort.ID_DESC })
    orderBy: keyof typeof JournalEntrySort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<JournalEntryRow>> {
    const sort = sortNamed<JournalEntry>(JournalEntrySort, orderBy);
    return readPage(context, journalEntryRead, { args, info, sort, where: [filtered(JournalEntryFilter, filter)] });
  }

  @Query(() => JournalEntry, { nullable: true })
  journalEntry(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JournalEntryRow | null> {
    return readOne(context, journalEntryRead, id, selectionOf(info));
  }

  @Mutation(() => postResult.type, {
    description: 'An entry of the accountant’s own. The same key again answers the entry that it made.',
  })
  postJournalEntry(
    @Ctx() context: Context,
    @Arg('input', () => PostJournalEntryInput) input: PostJournalEntryInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return postResult.run(context, async () => {
      const posted = await context.transact((tx) => postManualEntry(tx, context, { ...input, idempotencyKey }));
      return answer(context, posted.answer.id, info);
    });
  }

  @Mutation(() => reverseResult.type, {
    description: 'Takes an entry of the accountant’s own back, today; answers the entry that does.',
  })
  reverseJournalEntry(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('reason', () => String) reason: string,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return reverseResult.run(context, async () => {
      const posted = await context.transact((tx) => reverseManualEntry(tx, context, { id, reason, idempotencyKey }));
      return answer(context, posted.answer.id, info);
    });
  }
}
