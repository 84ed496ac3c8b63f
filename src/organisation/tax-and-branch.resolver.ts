import type { Noun } from '../kernel/arabic/nouns.js';
import { Arg, Ctx, ID, Int, Mutation, Resolver, type ClassType } from 'type-graphql';
import { badInput, notFound } from '../kernel/errors.js';
import type { Context } from '../platform/graphql/context.js';
import type { Loader } from '../platform/graphql/loader.js';
import { defineResult } from '../platform/graphql/user-error.js';
import type { RowOf } from '../platform/read/definition.js';
import { Branch } from './branch.entity.js';
import { archiveBranch, createBranch, updateBranch } from './branch.service.js';
import { Tax } from './currency.entity.js';
import { branchById, taxById, type branchRead, type taxRead } from './organisation.queries.js';
import { CreateBranchInput, CreateTaxInput, UpdateBranchInput, UpdateTaxInput } from './tax-and-branch.inputs.js';
import { archiveTax, createTax, updateTax } from './tax.service.js';
import { msg } from '../kernel/message.js';

const created = ['BAD_INPUT', 'ALREADY_EXISTS'] as const;
const changed = ['BAD_INPUT', 'NOT_FOUND', 'STALE_VERSION'] as const;
type BranchRow = RowOf<typeof branchRead>;
type TaxRow = RowOf<typeof taxRead>;
const resultOf = <Row extends object>(
  verb: string,
  type: ClassType<object>,
  failures: Parameters<typeof defineResult>[2],
) => defineResult<Row>(`${verb}${type.name}Result`, { type, name: type.name }, failures);

const createBranchResult = resultOf<BranchRow>('Create', Branch, created);
const updateBranchResult = resultOf<BranchRow>('Update', Branch, changed);
const archiveBranchResult = resultOf<BranchRow>('Archive', Branch, changed);
const createTaxResult = resultOf<TaxRow>('Create', Tax, created);
const updateTaxResult = resultOf<TaxRow>('Update', Tax, changed);
const archiveTaxResult = resultOf<TaxRow>('Archive', Tax, changed);

async function answer<T>(context: Context, loader: Loader<string, T>, noun: Noun, id: string): Promise<T> {
  const row = await context.load(loader, id);
  if (!row) throw notFound(noun, id);
  return row;
}

/** What may be left out but not emptied: null is refused, and `active` only opens again. Throws BAD_INPUT. */
function patchOf<T extends { active?: boolean | null }>(input: T, clearable: readonly (keyof T)[] = []) {
  for (const [field, value] of Object.entries(input)) {
    if (value === null && !clearable.includes(field as keyof T)) throw badInput(field, msg`It cannot be emptied.`);
  }
  if (input.active === false) throw badInput('active', msg`Archive it instead.`);
  return input as { [K in keyof T]: K extends 'active' ? true : K extends 'city' ? T[K] : Exclude<T[K], null> };
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
      await context.transact((tx) => updateBranch(tx, patchOf(input, ['city'])));
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
      await context.transact((tx) => updateTax(tx, patchOf(input)));
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
      await context.transact((tx) => archiveTax(tx, { id, version }));
      return answer(context, taxById, 'Tax', id);
    });
  }
}
