import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { JsonObject } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { Export } from './export.entity.js';
import { ExportFilter, ExportSort } from './export.inputs.js';
import { exportRead, type ExportRow } from './export.queries.js';
import { cancelExport, startExport } from './export.service.js';

const ExportConnection = connectionOf(Export, 'Export');
const success = { type: Export, name: 'Export' };
const startResult = defineResult<ExportRow>('StartExportResult', success, startExport.fails);
const cancelResult = defineResult<ExportRow>('CancelExportResult', success, cancelExport.fails);

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<ExportRow> {
  const found = await readOne(context, exportRead, id, selectionOf(info));
  if (!found) throw notFound('Export', id);
  return found;
}

@Resolver(() => Export)
export class ExportResolver {
  @Query(() => ExportConnection, { description: "One's own exports, newest first." })
  exports(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ExportFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => ExportSort, { defaultValue: ExportSort.CREATED_DESC }) orderBy: keyof typeof ExportSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<ExportRow>> {
    const sort = sortNamed<Export>(ExportSort, orderBy);
    return readPage(context, exportRead, { args, info, sort, where: [filtered(ExportFilter, filter)] });
  }

  @Query(() => Export, { nullable: true, description: "Null when there is none of one's own." })
  export(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ExportRow | null> {
    return readOne(context, exportRead, id, selectionOf(info));
  }

  @Mutation(() => startResult.type, {
    description:
      'Writes all pages of one connection as JSONL, in the background and with the rights of the caller. The query takes $first and $after and asks for nodes and pageInfo { hasNextPage endCursor }; totalCount gives the progress. Fetch it by `url`; follow it by entityChanged(types: ["export"]).',
  })
  startExport(
    @Ctx() context: Context,
    @Arg('query', () => String) query: string,
    @Arg('variables', () => JsonObject, { nullable: true }) variables: Record<string, unknown> | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return startResult.run(context, async () => {
      const { schema } = context.services;
      const { id } = await context.transact((tx) =>
        startExport(tx, schema, context.viewer, { query, variables: variables ?? {} }),
      );
      return answer(context, id, info);
    });
  }

  @Mutation(() => cancelResult.type, { description: 'What is written stays. At its end it is a no-op.' })
  cancelExport(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return cancelResult.run(context, async () => {
      await context.transact((tx) => cancelExport(tx, context.viewer, id));
      return answer(context, id, info);
    });
  }

  @FieldResolver(() => String, { description: 'GET with the same credentials; while it runs, what is there.' })
  url(@Root() one: ExportRow): string {
    return `/files/${one.id}`;
  }
}
