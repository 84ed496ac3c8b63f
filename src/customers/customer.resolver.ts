import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { EntityChange } from '../platform/graphql/entity-change.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { mentions } from '../platform/read/filter-mentions.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed } from '../platform/read/sort.js';
import { MetadataEntryInput } from '../platform/graphql/metadata.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { currentPhase } from '../platform/settings.js';
import { Customer } from './customer.entity.js';
import {
  CreateCustomerInput,
  CustomerAddressInput,
  CustomerContactInput,
  CustomerFilter,
  CustomerSort,
  UpdateCustomerInput,
} from './customer.inputs.js';
import { customerRead, customerSearch, isOpenCustomer, type CustomerRow } from './customer.queries.js';
import { replaceCustomerDetails } from './customer-details.service.js';
import { mergeCustomers } from './customer-merge.service.js';
import {
  archiveCustomer,
  createCustomer,
  linkCustomerUser,
  setCustomerMetadata,
  updateCustomer,
} from './customer.service.js';

@ObjectType({ description: 'A person who may sign in for a customer.' })
export class CustomerUserLinked {
  @Field(() => ID)
  userId!: string;

  @Field(() => ID)
  customerId!: string;
}

const CustomerConnection = connectionOf(Customer, 'Customer');
const customer = { type: Customer, name: 'Customer' };
const linked = { type: CustomerUserLinked, name: 'CustomerUserLinked' };
const createResult = defineResult<CustomerRow>('CreateCustomerResult', customer, createCustomer.fails);
const updateResult = defineResult<CustomerRow>('UpdateCustomerResult', customer, updateCustomer.fails);
const replaceResult = defineResult<CustomerRow>('ReplaceCustomerDetailsResult', customer, replaceCustomerDetails.fails);
const archiveResult = defineResult<CustomerRow>('ArchiveCustomerResult', customer, archiveCustomer.fails);
const mergeResult = defineResult<CustomerRow>('MergeCustomersResult', customer, mergeCustomers.fails);
const setMetadataResult = defineResult<CustomerRow>('SetCustomerMetadataResult', customer, setCustomerMetadata.fails);
const linkResult = defineResult('LinkCustomerUserResult', linked, linkCustomerUser.fails);

async function answer(context: Context, id: string, info: GraphQLResolveInfo): Promise<CustomerRow> {
  const found = await readOne(context, customerRead, id, selectionOf(info));
  if (!found) throw notFound('Customer', id);
  return found;
}

@Resolver(() => Customer)
export class CustomerResolver {
  @Query(() => CustomerConnection, { description: 'Customers that the viewer may see; archived ones by filter only.' })
  customers(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => CustomerFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Words in name, Arabic name, company, code, phone or e-mail; Arabic spellings find each other.',
    })
    search: string | null,
    @Arg('orderBy', () => CustomerSort, { defaultValue: CustomerSort.NAME_ASC }) orderBy: keyof typeof CustomerSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CustomerRow>> {
    return readPage(context, customerRead, {
      args,
      info,
      sort: sortNamed<Customer>(CustomerSort, orderBy),
      where: [
        filtered(CustomerFilter, filter),
        mentions(filter, 'archivedAt') ? null : isOpenCustomer,
        search == null ? null : (customer) => customerSearch(search, customer.id),
      ],
    });
  }

  @Query(() => Customer, { nullable: true, description: 'Null when there is none that the viewer may see.' })
  customer(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CustomerRow | null> {
    return readOne(context, customerRead, id, selectionOf(info));
  }

  @Mutation(() => createResult.type)
  createCustomer(
    @Ctx() context: Context,
    @Arg('input', () => CreateCustomerInput) input: CreateCustomerInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return createResult.run(context, async () => {
      const { id } = await context.transact((tx) => createCustomer(tx, input));
      return answer(context, id, info);
    });
  }

  @Mutation(() => updateResult.type, { description: 'Only fields that the ERP owns in the present phase.' })
  updateCustomer(
    @Ctx() context: Context,
    @Arg('input', () => UpdateCustomerInput) input: UpdateCustomerInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      const { id, version, ...patch } = input;
      await context.transact(async (tx) => updateCustomer(tx, { id, version, patch }, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }

  @Mutation(() => replaceResult.type, { description: 'Replaces the addresses, the contacts, or both.' })
  replaceCustomerDetails(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Arg('addresses', () => [CustomerAddressInput], { nullable: true }) addresses: CustomerAddressInput[] | null,
    @Arg('contacts', () => [CustomerContactInput], { nullable: true }) contacts: CustomerContactInput[] | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return replaceResult.run(context, async () => {
      const details = { id, version, addresses: addresses ?? undefined, contacts: contacts ?? undefined };
      await context.transact(async (tx) => replaceCustomerDetails(tx, details, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }

  @Mutation(() => archiveResult.type, { description: 'Archived, never deleted. Again is a no-op.' })
  archiveCustomer(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return archiveResult.run(context, async () => {
      await context.transact(async (tx) => archiveCustomer(tx, { id, version }, await currentPhase(tx.sql)));
      return answer(context, id, info);
    });
  }

  @Mutation(() => mergeResult.type, {
    description:
      'Addresses, contacts and people of the duplicate move; it is archived and points at the one that stays.',
  })
  mergeCustomers(
    @Ctx() context: Context,
    @Arg('keepId', () => ID) keepId: string,
    @Arg('duplicateId', () => ID) duplicateId: string,
    @Arg('duplicateVersion', () => Int) duplicateVersion: number,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return mergeResult.run(context, async () => {
      await context.transact(async (tx) =>
        mergeCustomers(
          tx,
          { keepId, duplicateId, duplicateVersion },
          { phase: await currentPhase(tx.sql), today: context.today },
        ),
      );
      return answer(context, keepId, info);
    });
  }

  @Mutation(() => setMetadataResult.type, { description: 'Sets or takes away the given keys; others stay.' })
  setCustomerMetadata(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('entries', () => [MetadataEntryInput]) entries: MetadataEntryInput[],
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return setMetadataResult.run(context, async () => {
      await context.transact((tx) => setCustomerMetadata(tx, id, entries));
      return answer(context, id, info);
    });
  }

  @Mutation(() => linkResult.type, { description: 'Lets a client or consumer sign in for this customer and no other.' })
  linkCustomerUser(
    @Ctx() context: Context,
    @Arg('customerId', () => ID) customerId: string,
    @Arg('userId', () => ID) userId: string,
  ): Promise<object> {
    return linkResult.run(context, async () => {
      await context.transact((tx) => linkCustomerUser(tx, { customerId, userId }));
      return { customerId, userId };
    });
  }
}

@Resolver(() => EntityChange)
export class CustomerChangeResolver {
  @FieldResolver(() => Customer, { nullable: true, description: 'The customer as it is now, if the change is of one.' })
  customer(
    @Root() change: EntityChange,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CustomerRow | null> {
    return change.entityType === 'customer'
      ? readOne(context, customerRead, change.entityId, selectionOf(info))
      : Promise.resolve(null);
  }
}
