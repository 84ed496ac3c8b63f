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
import { connectionOf, PageArgs, readOne, readPage, type Page } from '../platform/graphql/connections.js';
import {
  AlreadyExistsError,
  defineResult,
  InvalidInputError,
  NotFoundError,
  StaleVersionError,
} from '../platform/graphql/user-error.js';
import { Category } from './category.entity.js';
import { archiveCategory, createCategory, updateCategory } from './category.service.js';
import { categoryList, productCountByCategory } from './product.queries.js';

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
const createResult = defineResult<Category>('CreateCategoryResult', category, [
  InvalidInputError,
  NotFoundError,
  AlreadyExistsError,
]);
const updateResult = defineResult<Category>('UpdateCategoryResult', category, [
  InvalidInputError,
  NotFoundError,
  AlreadyExistsError,
  StaleVersionError,
]);
const archiveCategoryResult = defineResult<Category>('ArchiveCategoryResult', category, [
  InvalidInputError,
  NotFoundError,
  AlreadyExistsError,
  StaleVersionError,
]);

async function answer(context: Context, id: string): Promise<Category> {
  const found = await readOne<Category>(context, categoryList, id);
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
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Category>> {
    const where = ['c.archived_at is null', ...(roots ? ['c.parent_id is null'] : [])];
    return readPage(context, categoryList, { args, order: 'NAME_ASC', where, info });
  }

  @Mutation(() => createResult.type)
  createCategory(
    @Ctx() context: Context,
    @Arg('input', () => CreateCategoryInput) input: CreateCategoryInput,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const id = await context.transact((tx) => createCategory(tx, input));
      return answer(context, id);
    });
  }

  @Mutation(() => updateResult.type, { description: 'A category never comes to lie below itself.' })
  updateCategory(
    @Ctx() context: Context,
    @Arg('input', () => UpdateCategoryInput) input: UpdateCategoryInput,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      if (input.name === null) throw badInput('name', 'A category has a name.');
      await context.transact((tx) => updateCategory(tx, input));
      return answer(context, input.id);
    });
  }

  @Mutation(() => archiveCategoryResult.type, {
    description: 'Refused while it holds products or categories. Again is a no-op.',
  })
  archiveCategory(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
  ): Promise<object> {
    return archiveCategoryResult.run(context, async () => {
      await context.transact((tx) => archiveCategory(tx, { id, version }));
      return answer(context, id);
    });
  }

  @FieldResolver(() => Int, { description: 'Products that the viewer may see, in it and below.' })
  async productCount(@Root() category: Category, @Ctx() context: Context): Promise<number> {
    return (await context.load(productCountByCategory, category.id)) ?? 0;
  }

  @FieldResolver(() => Category, { nullable: true })
  parent(@Root() category: { parent?: Category | null }): Category | null {
    return category.parent ?? null;
  }

  @FieldResolver(() => [Category])
  children(@Root() category: { children?: Category[] }): Category[] {
    return category.children ?? [];
  }
}
