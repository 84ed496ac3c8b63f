import type { Noun } from '../kernel/arabic/nouns.js';
import { Arg, Ctx, ID, Int, Mutation, Resolver } from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import type { Loader } from '../platform/graphql/loader.js';
import { defineResult } from '../platform/graphql/user-error.js';
import type { RowOf } from '../platform/read/definition.js';
import { currentPhase } from '../platform/settings.js';
import { Branch } from './branch.entity.js';
import { archiveBranch, createBranch, updateBranch } from './branch.service.js';
import { Tax } from './currency.entity.js';
import { branchById, taxById, type branchRead, type taxRead } from './organisation.queries.js';
import { CreateBranchInput, CreateTaxInput, UpdateBranchInput, UpdateTaxInput } from './tax-and-branch.inputs.js';
import { archiveTax, createTax, updateTax } from './tax.service.js';

type BranchRow = RowOf<typeof branchRead>;
type TaxRow = RowOf<typeof taxRead>;

const branch = { type: Branch, name: 'Branch' };
const tax = { type: Tax, name: 'Tax' };
const createBranchResult = defineResult<BranchRow>('CreateBranchResult', branch, createBranch.fails);
const updateBranchResult = defineResult<BranchRow>('UpdateBranchResult', branch, updateBranch.fails);
const archiveBranchResult = defineResult<BranchRow>('ArchiveBranchResult', branch, archiveBranch.fails);
const createTaxResult = defineResult<TaxRow>('CreateTaxResult', tax, createTax.fails);
const updateTaxResult = defineResult<TaxRow>('UpdateTaxResult', tax, updateTax.fails);
const archiveTaxResult = defineResult<TaxRow>('ArchiveTaxResult', tax, archiveTax.fails);

async function answer<T>(context: Context, loader: Loader<string, T>, noun: Noun, id: string): Promise<T> {
  const row = await context.load(loader, id);
  if (!row) throw notFound(noun, id);
  return row;
}

@Resolver()
export class TaxAndBranchResolver {
  @Mutation(() => createBranchResult.type)
  createBranch(@Ctx() context: Context, @Arg('input', () => CreateBranchInput) input: CreateBranchInput) {
    return createBranchResult.run(context, async () => {
      const { id } = await context.transact((tx) => createBranch(tx, input));
      return answer(context, branchById, 'Branch', id);
    });
  }

  @Mutation(() => updateBranchResult.type)
  updateBranch(@Ctx() context: Context, @Arg('input', () => UpdateBranchInput) input: UpdateBranchInput) {
    return updateBranchResult.run(context, async () => {
      await context.transact((tx) => updateBranch(tx, input));
      return answer(context, branchById, 'Branch', input.id);
    });
  }

  @Mutation(() => archiveBranchResult.type, { description: 'Closes a branch; its documents stay.' })
  archiveBranch(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
  ): Promise<object> {
    return archiveBranchResult.run(context, async () => {
      await context.transact((tx) => archiveBranch(tx, { id, version }));
      return answer(context, branchById, 'Branch', id);
    });
  }

  @Mutation(() => createTaxResult.type)
  createTax(@Ctx() context: Context, @Arg('input', () => CreateTaxInput) input: CreateTaxInput): Promise<object> {
    return createTaxResult.run(context, async () => {
      const { id } = await context.transact((tx) => createTax(tx, input));
      return answer(context, taxById, 'Tax', id);
    });
  }

  @Mutation(() => updateTaxResult.type)
  updateTax(@Ctx() context: Context, @Arg('input', () => UpdateTaxInput) input: UpdateTaxInput): Promise<object> {
    return updateTaxResult.run(context, async () => {
      await context.transact(async (tx) => updateTax(tx, input, await currentPhase(tx.sql)));
      return answer(context, taxById, 'Tax', input.id);
    });
  }

  @Mutation(() => archiveTaxResult.type, { description: 'No new line carries it any more; documents keep it.' })
  archiveTax(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int) version: number,
  ): Promise<object> {
    return archiveTaxResult.run(context, async () => {
      await context.transact(async (tx) => archiveTax(tx, { id, version }, await currentPhase(tx.sql)));
      return answer(context, taxById, 'Tax', id);
    });
  }
}
