import { Ctx, Field, Float, Int, ObjectType, Query, registerEnumType, Resolver, Subscription } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { overSocket } from '../../platform/graphql/entity-change.js';
import { DateTime } from '../../platform/graphql/scalars.js';
import { describeBudget, type BudgetLane, type CircuitState, type DescribedBudget } from './budget.js';
import type { CallLane } from './call-lanes.js';

export const ZohoLaneEnum = {
  WEBHOOK: 'webhook',
  INTERACTIVE: 'interactive',
  INCREMENTAL: 'incremental',
  BACKFILL: 'backfill',
} as const satisfies Record<string, CallLane>;
registerEnumType(ZohoLaneEnum, {
  name: 'ZohoLane',
  description: 'Who calls Zoho, the most urgent first. Each leaves a share of the budget to those before it.',
});

export const ZohoCircuitEnum = { CLOSED: 'closed', OPEN: 'open', HALF_OPEN: 'half_open' } as const satisfies Record<
  string,
  CircuitState
>;
registerEnumType(ZohoCircuitEnum, {
  name: 'ZohoCircuit',
  description: 'OPEN: Zoho has failed too often in a row and nobody calls. HALF_OPEN: one call at a time may probe.',
});

@ObjectType({ description: 'What one lane has used of the budget, and what it leaves to those before it.' })
export class ZohoBudgetLane implements BudgetLane {
  @Field(() => ZohoLaneEnum)
  lane!: CallLane;

  @Field(() => Int, { description: "Calls since the day of Zoho's quota began." })
  usedToday!: number;

  @Field(() => Int, { description: 'Calls of the last hour; the forecast goes on with them.' })
  usedLastHour!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Calls of the day that it leaves at this time; less as the day ends.',
  })
  leavesOfDay!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it has to wait today, by the forecast; null: it does not.',
  })
  pausesAt!: Date | null;
}

@ObjectType({
  description: "Zoho's limits as all processes share them: the minute, calls at once, and the day's quota.",
})
export class ZohoBudget implements DescribedBudget {
  @Field(() => Int, { description: 'Calls a minute that are allowed in all.' })
  perMinute!: number;

  @Field(() => Int, { description: 'Calls that may be made at once, before the minute slows them down.' })
  availableNow!: number;

  @Field(() => Int, { description: 'Calls that may be under way at the same time.' })
  concurrency!: number;

  @Field(() => Int, { description: 'Calls that are under way.' })
  inFlight!: number;

  @Field(() => Int, {
    nullable: true,
    description: "The day's quota as Zoho says it; null until it has answered once.",
  })
  dayLimit!: number | null;

  @Field(() => Int, { nullable: true, description: 'Calls that are left of the day.' })
  dayRemaining!: number | null;

  @Field(() => DateTime, { nullable: true, description: "When Zoho's day begins anew." })
  dayResetsAt!: Date | null;

  @Field(() => Int, { description: "Calls of ours since the day of Zoho's quota began." })
  usedToday!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The minute in which no call is left, if all go on as in the last hour; null: the day ends before.',
  })
  runsOutAt!: Date | null;

  @Field(() => [ZohoBudgetLane], { description: 'The most urgent first.' })
  lanes!: ZohoBudgetLane[];

  @Field(() => DateTime, { nullable: true, description: 'Nobody calls until then, because Zoho has refused.' })
  blockedUntil!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why nobody calls, in English.' })
  blockedReason!: string | null;

  @Field(() => ZohoCircuitEnum)
  circuit!: CircuitState;

  @Field(() => Int, { description: 'Calls in a row that Zoho has failed to answer.' })
  failuresInARow!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the next call may probe; null while the circuit is closed.',
  })
  circuitRetryAt!: Date | null;

  @Field(() => Float, { nullable: true, description: 'Until the access token ends; null when there is none.' })
  tokenSecondsLeft!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'The token endpoint is not asked until then.' })
  tokenBlockedUntil!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the token endpoint has refused last; null when it has not.',
  })
  tokenError!: string | null;
}

@Resolver(() => ZohoBudget)
export class ZohoBudgetResolver {
  @Query(() => ZohoBudget, { nullable: true, description: 'Null without credentials of Zoho.' })
  zohoBudget(@Ctx() context: Context): Promise<DescribedBudget | null> {
    return describeBudget(context.services);
  }

  @Subscription(() => ZohoBudget, {
    ...overSocket,
    nullable: true,
    description: 'The newest state while calls are made, at least every five seconds; blocks and the circuit at once.',
  })
  zohoBudgetUpdated(@Ctx() context: Context): Promise<DescribedBudget | null> {
    return describeBudget(context.services);
  }
}
