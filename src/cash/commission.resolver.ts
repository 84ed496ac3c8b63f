import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  ID,
  Info,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import { StepArgs } from '../documents/line-input.entity.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DecimalText } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import { filterOf, filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { sortNamed, sortOf } from '../platform/read/sort.js';
import { Commission, COMMISSION_BASES, type CommissionBasis, CommissionPlan } from './commission.entity.js';
import { commissionPlanRead, commissionRead, type CommissionRow } from './commission.queries.js';
import { approveCommission, calculateCommissions, payCommission, setCommissionPlan } from './commission.service.js';

@InputType()
export class SetCommissionPlanInput {
  @Field(() => ID)
  salespersonId!: string;

  @Field(() => BusinessDate, { description: 'The first day of the month.' })
  fromMonth!: string;

  @Field(() => COMMISSION_BASES)
  basis!: CommissionBasis;

  @Field(() => DecimalText, { description: '0 to 100, with at most 3 decimals.' })
  ratePercent!: string;

  @Field(() => DecimalText, { nullable: true, description: 'In the base currency.' })
  target?: string | null;

  @Field(() => DecimalText, { nullable: true, description: 'In the base currency, once the target is reached.' })
  bonus?: string | null;
}

@ArgsType()
export class PayCommissionArgs extends StepArgs {
  @Field(() => ID)
  boxId!: string;
}

@ObjectType({ description: 'A plan that is set.' })
export class CommissionPlanSet {
  @Field(() => ID)
  id!: string;
}

@ObjectType({ description: 'The month whose commissions were computed.' })
export class CommissionsCalculated {
  @Field(() => BusinessDate)
  month!: string;
}

const CommissionSort = sortOf(Commission, ['month']);
const CommissionFilter = filterOf(Commission, ['salespersonId', 'month', 'total']);
const PlanSort = sortOf(CommissionPlan, ['fromMonth']);
const PlanFilter = filterOf(CommissionPlan, ['salespersonId', 'fromMonth']);
const CommissionConnection = connectionOf(Commission, 'Commission');
const PlanConnection = connectionOf(CommissionPlan, 'CommissionPlan');

const recorded = defineRecorded<Commission>({
  field: 'commission',
  noun: 'Commission',
  type: Commission,
  read: (context, id, info) => readOne(context, commissionRead, id, childSelection(selectionOf(info), 'commission')),
});

const approveResult = recorded.result('ApproveCommission', approveCommission.fails);
const payResult = recorded.result('PayCommission', payCommission.fails);
const planResult = defineResult<CommissionPlanSet>(
  'SetCommissionPlanResult',
  { type: CommissionPlanSet, name: 'CommissionPlanSet' },
  setCommissionPlan.fails,
);
const calculateResult = defineResult<CommissionsCalculated>(
  'CalculateCommissionsResult',
  { type: CommissionsCalculated, name: 'CommissionsCalculated' },
  calculateCommissions.fails,
);

@Resolver(() => Commission)
export class CommissionResolver {
  @Query(() => CommissionConnection, { description: 'One’s own; with cash:all those of everybody.' })
  commissions(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => CommissionFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => CommissionSort, { defaultValue: CommissionSort.MONTH_DESC })
    orderBy: keyof typeof CommissionSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<CommissionRow>> {
    const sort = sortNamed<Commission>(CommissionSort, orderBy);
    return readPage(context, commissionRead, { args, info, sort, where: [filtered(CommissionFilter, filter)] });
  }

  @Query(() => PlanConnection, { description: 'One’s own; with cash:all those of everybody.' })
  commissionPlans(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PlanFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => PlanSort, { defaultValue: PlanSort.FROM_MONTH_DESC }) orderBy: keyof typeof PlanSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<object>> {
    const sort = sortNamed<CommissionPlan>(PlanSort, orderBy);
    return readPage(context, commissionPlanRead, { args, info, sort, where: [filtered(PlanFilter, filter)] });
  }

  @Mutation(() => planResult.type, { description: 'From a month on; the same month again replaces it.' })
  setCommissionPlan(
    @Ctx() context: Context,
    @Arg('input', () => SetCommissionPlanInput) input: SetCommissionPlanInput,
  ): Promise<object> {
    return planResult.run(context, async () => ({
      id: await context.transact((tx) => setCommissionPlan(tx, input)),
    }));
  }

  @Mutation(() => calculateResult.type, {
    description: 'From the journal; again gives the same, and what was approved stays.',
  })
  calculateCommissions(
    @Ctx() context: Context,
    @Arg('month', () => BusinessDate, { description: 'Its first day.' }) month: string,
  ): Promise<object> {
    return calculateResult.run(context, async () => {
      await context.transact((tx) => calculateCommissions(tx, context, month));
      return { month };
    });
  }

  @Mutation(() => approveResult.type)
  approveCommission(
    @Ctx() context: Context,
    @Args(() => StepArgs) input: StepArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(approveResult, { context, info }, (tx, documentContext) =>
      approveCommission(tx, documentContext, input),
    );
  }

  @Mutation(() => payResult.type, { description: 'Out of a box.' })
  payCommission(
    @Ctx() context: Context,
    @Args(() => PayCommissionArgs) input: PayCommissionArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return recorded.run(payResult, { context, info }, (tx, documentContext) =>
      payCommission(tx, documentContext, input),
    );
  }
}
