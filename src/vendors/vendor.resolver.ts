import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Int, Mutation, Query, Resolver } from 'type-graphql';
import { badInput, notFound } from '../kernel/errors.js';
import { connectionOf, type Page, PageArgs, readOne, readPage } from '../platform/graphql/connections.js';
import type { Context } from '../platform/graphql/context.js';
import { Params } from '../platform/graphql/filters.js';
import { selectionOf } from '../platform/graphql/selection.js';
import {
  AlreadyExistsError,
  defineResult,
  FieldOwnedElsewhereError,
  InvalidInputError,
  NotFoundError,
  StaleVersionError,
} from '../platform/graphql/user-error.js';
import { currentPhase } from '../platform/settings.js';
import { Vendor } from './vendor.entity.js';
import { CreateVendorInput, UpdateVendorInput } from './vendor.inputs.js';
import { vendorList, vendorSearch } from './vendor.queries.js';
import { archiveVendor, createVendor, updateVendor } from './vendor.service.js';

const VendorConnection = connectionOf(Vendor, 'Vendor');

const vendor = { type: Vendor, name: 'Vendor' };

const createResult = defineResult<Vendor>('CreateVendorResult', vendor, [
  InvalidInputError,
  AlreadyExistsError,
  FieldOwnedElsewhereError,
]);

const updateResult = defineResult<Vendor>('UpdateVendorResult', vendor, [
  NotFoundError,
  InvalidInputError,
  StaleVersionError,
  FieldOwnedElsewhereError,
]);
const archiveVendorResult = defineResult<Vendor>('ArchiveVendorResult', vendor, [
  NotFoundError,
  InvalidInputError,
  StaleVersionError,
  FieldOwnedElsewhereError,
]);

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<Vendor> {
  const found = await readOne<Vendor>(context, vendorList, id, { selection: selectionOf(info) });
  if (!found) throw notFound('Vendor', id);
  return found;
}

function assertNames(patch: {
  name?: string | null;
  paymentTermsDays?: number | null;
  currency?: string | null;
}): void {
  for (const field of ['name', 'paymentTermsDays', 'currency'] as const) {
    if (patch[field] === null) throw badInput(field, 'It cannot be emptied.');
  }
}

@Resolver(() => Vendor)
export class VendorResolver {
  @Query(() => VendorConnection, { description: 'Vendors by name; archived ones are left out.' })
  vendors(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('search', () => String, { nullable: true, description: 'Words in name, Arabic name, code, phone or e-mail.' })
    search: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Vendor>> {
    const params = new Params();
    const where = ['v.archived_at is null'];
    if (search != null) {
      if (search.length > 200) throw badInput('search', 'At most 200 characters.');
      where.push(vendorSearch(search, params));
    }
    return readPage(context, vendorList, { args, order: 'NAME_ASC', where, params, info });
  }

  @Query(() => Vendor, { nullable: true })
  vendor(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Vendor | null> {
    return readOne<Vendor>(context, vendorList, id, { selection: selectionOf(info) });
  }

  @Mutation(() => createResult.type)
  createVendor(
    @Ctx() context: Context,
    @Arg('input', () => CreateVendorInput) input: CreateVendorInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      assertNames(input);
      const id = await context.transact(async (tx) => createVendor(tx, input, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }

  @Mutation(() => updateResult.type)
  updateVendor(
    @Ctx() context: Context,
    @Arg('input', () => UpdateVendorInput) input: UpdateVendorInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      const { id, version, ...patch } = input;
      assertNames(patch);
      await context.transact(async (tx) => updateVendor(tx, { id, version, patch }, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }

  @Mutation(() => archiveVendorResult.type, { description: 'Archived, never deleted. Again is a no-op.' })
  archiveVendor(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return archiveVendorResult.run(context, async () => {
      await context.transact(async (tx) => archiveVendor(tx, { id, version }, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }
}
