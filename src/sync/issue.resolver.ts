import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Int, Mutation, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filterOf, filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed, sortOf } from '../platform/read/sort.js';
import { IssueStatusEnum, SyncIssue, type IssueStatus } from './issue.entity.js';
import { issueRead, type IssueRow } from './issue.queries.js';
import { changeIssue } from './issue.service.js';

export const SyncIssueSort = sortOf(SyncIssue, ['lastSeenAt', 'firstSeenAt', 'count']);
export const SyncIssueFilter = filterOf(SyncIssue, [
  'status',
  'kind',
  'entityType',
  'errorCode',
  'errorMessage',
  'firstSeenVersion',
  'firstSeenAt',
  'lastSeenAt',
]);

const IssueConnection = connectionOf(SyncIssue, 'SyncIssue');
const issueResult = defineResult<IssueRow>(
  'UpdateSyncIssueResult',
  { type: SyncIssue, name: 'SyncIssue' },
  changeIssue.fails,
);

@Resolver(() => SyncIssue)
export class SyncIssueResolver {
  @Query(() => IssueConnection, { description: 'The one that was met last comes first.' })
  syncIssues(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => SyncIssueFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SyncIssueSort, { defaultValue: SyncIssueSort.LAST_SEEN_DESC })
    orderBy: keyof typeof SyncIssueSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<IssueRow>> {
    const sort = sortNamed<SyncIssue>(SyncIssueSort, orderBy);
    return readPage(context, issueRead, { args, info, sort, where: [filtered(SyncIssueFilter, filter)] });
  }

  @Query(() => SyncIssue, { nullable: true })
  syncIssue(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<IssueRow | null> {
    return readOne(context, issueRead, id, selectionOf(info));
  }

  @Mutation(() => issueResult.type, { description: 'Resolves, ignores or opens an issue. Audited.' })
  updateSyncIssue(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('status', () => IssueStatusEnum) status: IssueStatus,
    @Arg('version', () => Int, { description: 'As it was read.' }) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return issueResult.run(context, async () => {
      await context.transact((tx) => changeIssue(tx, { id, status, version }));
      const issue = await readOne(context, issueRead, id, selectionOf(info));
      if (!issue) throw notFound('Sync issue', id);
      return issue;
    });
  }
}
