import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, ID, Info, Int, Mutation, Query, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { mentions } from '../platform/read/filter-mentions.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { currentPhase } from '../platform/settings.js';
import { Vendor } from './vendor.entity.js';
import { CreateVendorInput, UpdateVendorInput, VendorFilter, VendorSort } from './vendor.inputs.js';
import { isOpenVendor, vendorRead, vendorSearch, type VendorRow } from './vendor.queries.js';
import { archiveVendor, createVendor, updateVendor } from './vendor.service.js';

const VendorConnection = connectionOf(Vendor, 'Vendor');

const vendor = { type: Vendor, name: 'Vendor' };

const createResult = defineResult<VendorRow>('CreateVendorResult', vendor, createVendor.fails);
const updateResult = defineResult<VendorRow>('UpdateVendorResult', vendor, updateVendor.fails);
const archiveResult = defineResult<VendorRow>('ArchiveVendorResult', vendor, archiveVendor.fails);

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<VendorRow> {
  const found = await readOne(context, vendorRead, id, selectionOf(info));
  if (!found) throw notFound('Vendor', id);
  return found;
}

@Resolver(() => Vendor)
export class VendorResolver {
  @Query(() => VendorConnection, { description: 'Vendors; archived ones by filter only.' })
  vendors(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('search', () => String, { nullable: true, description: 'Words in name, Arabic name, code, phone or e-mail.' })
    search: string | null,
    @Arg('filter', () => VendorFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => VendorSort, { defaultValue: VendorSort.NAME_ASC }) orderBy: keyof typeof VendorSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<VendorRow>> {
    return readPage(context, vendorRead, {
      args,
      info,
      sort: sortNamed<Vendor>(VendorSort, orderBy),
      where: [
        mentions(filter, 'archivedAt') ? null : isOpenVendor,
        search == null ? null : vendorSearch(search),
        filtered(VendorFilter, filter),
      ],
    });
  }

  @Query(() => Vendor, { nullable: true })
  vendor(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<VendorRow | null> {
    return readOne(context, vendorRead, id, selectionOf(info));
  }

  @Mutation(() => createResult.type)
  createVendor(
    @Ctx() context: Context,
    @Arg('input', () => CreateVendorInput) input: CreateVendorInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
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
      await context.transact(async (tx) => updateVendor(tx, { id, version, patch }, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }

  @Mutation(() => archiveResult.type, { description: 'Archived, never deleted. Again is a no-op.' })
  archiveVendor(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return archiveResult.run(context, async () => {
      await context.transact(async (tx) => archiveVendor(tx, { id, version }, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }
}
