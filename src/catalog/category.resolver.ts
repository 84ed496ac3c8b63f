import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { badInput, notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { mentions } from '../platform/read/filter-mentions.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { Category } from './category.entity.js';
import { archiveCategory, createCategory, updateCategory } from './category.service.js';
import { CategoryFilter, CategorySort } from './product.inputs.js';
import { categoryRead, isOpenCategory, isRootCategory, productCountByCategory } from './product.queries.js';
import { msg } from '../kernel/message.js';

@InputType()
export class CreateCategoryInput {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  nameAr?: string | null;

  @Field(() => ID, { nullable: true, description: 'Null: at the top.' })
  parentId?: string | null;
}

@InputType({ description: 'A field that is left out stays; null empties it.' })
export class UpdateCategoryInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string | null;

  @Field(() => ID, { nullable: true, description: 'Null: to the top.' })
  parentId?: string | null;
}

const CategoryConnection = connectionOf(Category, 'Category');
const category = { type: Category, name: 'Category' };
const createResult = defineResult<CategoryRow>('CreateCategoryResult', category, createCategory.fails);
const updateResult = defineResult<CategoryRow>('UpdateCategoryResult', category, updateCategory.fails);
const archiveCategoryResult = defineResult<CategoryRow>('ArchiveCategoryResult', category, archiveCategory.fails);

type CategoryRow = RowOf<typeof categoryRead>;

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<CategoryRow> {
  const found = await readOne(context, categoryRead, id, selectionOf(info));
  if (!found) throw notFound('Category', id);
  return found;
}

@Resolver(() => Category)
export class CategoryResolver {
  @Query(() => CategoryConnection, { description: 'The tree: `parent` and `children` lead up and down.' })
  categories(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('roots', () => Boolean, { defaultValue: false, description: 'Only those at the top.' }) roots: boolean,
    @Arg('filter', () => CategoryFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => CategorySort, { defaultValue: CategorySort.NAME_ASC }) orderBy: keyof typeof CategorySort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CategoryRow>> {
    return readPage(context, categoryRead, {
      args,
      info,
      sort: sortNamed(CategorySort, orderBy),
      where: [
        mentions(filter, 'archivedAt') ? null : isOpenCategory,
        roots ? isRootCategory : null,
        filtered(CategoryFilter, filter),
      ],
    });
  }

  @Query(() => Category, { nullable: true })
  category(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CategoryRow | null> {
    return readOne(context, categoryRead, id, selectionOf(info));
  }

  @Mutation(() => createResult.type)
  createCategory(
    @Ctx() context: Context,
    @Arg('input', () => CreateCategoryInput) input: CreateCategoryInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const id = await context.transact((tx) => createCategory(tx, input));
      return answer(context, id, info);
    });
  }

  @Mutation(() => updateResult.type, { description: 'A category never comes to lie below itself.' })
  updateCategory(
    @Ctx() context: Context,
    @Arg('input', () => UpdateCategoryInput) input: UpdateCategoryInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      if (input.name === null) throw badInput('name', msg`A category has a name.`);
      await context.transact((tx) => updateCategory(tx, input));
      return answer(context, input.id, info);
    });
  }

  @Mutation(() => archiveCategoryResult.type, {
    description: 'Refused while it holds products or categories. Again is a no-op.',
  })
  archiveCategory(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return archiveCategoryResult.run(context, async () => {
      await context.transact((tx) => archiveCategory(tx, { id, version }));
      return answer(context, id, info);
    });
  }

  @FieldResolver(() => Int, { description: 'Products that the viewer may see, in it and below.' })
  async productCount(@Root() category: { id: string }, @Ctx() context: Context): Promise<number> {
    return (await context.load(productCountByCategory, category.id)) ?? 0;
  }
}
