import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import { actorOf } from '../kernel/viewer.js';
import type { Context } from '../platform/graphql/context.js';
import { Params } from '../platform/graphql/filters.js';
import { connectionOf, PageArgs, readOne, readPage, type Page } from '../platform/graphql/connections.js';
import { JsonObject } from '../platform/graphql/scalars.js';
import { defineResult, InvalidInputError, NotFoundError, ThrottledError } from '../platform/graphql/user-error.js';
import { Export } from './export.entity.js';
import { exportList, exportScope } from './export.queries.js';
import { cancelExport, startExport } from './export.service.js';

const ExportConnection = connectionOf(Export, 'Export');
const success = { type: Export, name: 'Export' };
const startResult = defineResult<Export>('StartExportResult', success, [InvalidInputError, ThrottledError]);
const cancelResult = defineResult<Export>('CancelExportResult', success, [NotFoundError]);

async function findOwn(context: Context, id: string): Promise<Export | null> {
  const params = new Params();
  return readOne<Export>(context, exportList, id, { where: [exportScope(actorOf(context.viewer), params)], params });
}

async function answer(context: Context, id: string): Promise<Export> {
  const found = await findOwn(context, id);
  if (!found) throw notFound('Export', id);
  return found;
}

@Resolver(() => Export)
export class ExportResolver {
  @Query(() => ExportConnection, { description: "One's own exports, newest first." })
  exports(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Export>> {
    const params = new Params();
    const where = [exportScope(actorOf(context.viewer), params)];
    return readPage(context, exportList, { args, order: 'CREATED_DESC', where, params, info });
  }

  @Query(() => Export, { nullable: true, description: "Null when there is none of one's own." })
  export(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<Export | null> {
    return findOwn(context, id);
  }

  @Mutation(() => startResult.type, {
    description:
      'Writes all pages of one connection as JSONL, in the background and with the rights of the caller. The query takes $first and $after and asks for nodes and pageInfo { hasNextPage endCursor }; totalCount gives the progress. Fetch it by `url`; follow it by entityChanged(types: ["export"]).',
  })
  startExport(
    @Ctx() context: Context,
    @Arg('query', () => String) query: string,
    @Arg('variables', () => JsonObject, { nullable: true }) variables: Record<string, unknown> | null,
  ): Promise<object> {
    return startResult.run(context, async () => {
      const { schema } = context.services;
      const { id } = await context.transact((tx) =>
        startExport(tx, schema, context.viewer, { query, variables: variables ?? {} }),
      );
      return answer(context, id);
    });
  }

  @Mutation(() => cancelResult.type, { description: 'What is written stays. At its end it is a no-op.' })
  cancelExport(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return cancelResult.run(context, async () => {
      await context.transact((tx) => cancelExport(tx, context.viewer, id));
      return answer(context, id);
    });
  }

  @FieldResolver(() => String, { description: 'GET with the same credentials; while it runs, what is there.' })
  url(@Root() one: Export): string {
    return `/files/${one.id}`;
  }
}
