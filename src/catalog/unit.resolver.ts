import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { Unit } from './unit.entity.js';
import { CreateUnitInput, UnitFilter, UpdateUnitInput } from './unit.inputs.js';
import { unitById, unitRead, type UnitRow, UnitSort } from './unit.queries.js';
import { createUnit, updateUnit } from './unit.service.js';

const UnitConnection = connectionOf(Unit, 'Unit');

const unit = { type: Unit, name: 'Unit' };
const createUnitResult = defineResult<UnitRow>('CreateUnitResult', unit, createUnit.fails);
const updateUnitResult = defineResult<UnitRow>('UpdateUnitResult', unit, updateUnit.fails);

async function answer(context: Context, id: string): Promise<UnitRow> {
  const row = await context.load(unitById, id);
  if (!row) throw notFound('Unit', id);
  return row;
}

@Resolver()
export class UnitResolver {
  @Query(() => UnitConnection, { description: 'The units that are described; products of others are counted whole.' })
  units(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => UnitFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => UnitSort, { defaultValue: UnitSort.CODE_ASC }) orderBy: keyof typeof UnitSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<UnitRow>> {
    const sort = sortNamed<Unit>(UnitSort, orderBy);
    return readPage(context, unitRead, { args, info, sort, where: [filtered(UnitFilter, filter)] });
  }

  @Query(() => Unit, { nullable: true })
  unit(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UnitRow | null> {
    return readOne(context, unitRead, id, selectionOf(info));
  }

  @Mutation(() => createUnitResult.type, { description: 'Describes a unit that products name.' })
  createUnit(@Ctx() context: Context, @Arg('input', () => CreateUnitInput) input: CreateUnitInput): Promise<object> {
    return createUnitResult.run(context, async () => {
      const { id } = await context.transact((tx) => createUnit(tx, input));
      return answer(context, id);
    });
  }

  @Mutation(() => updateUnitResult.type, { description: 'New quantities keep to it; those that stand stay.' })
  updateUnit(@Ctx() context: Context, @Arg('input', () => UpdateUnitInput) input: UpdateUnitInput): Promise<object> {
    return updateUnitResult.run(context, async () => {
      await context.transact((tx) => updateUnit(tx, input));
      return answer(context, input.id);
    });
  }
}
