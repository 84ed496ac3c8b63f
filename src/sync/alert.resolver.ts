import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  Float,
  ID,
  Info,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { notFound } from '../kernel/errors.js';
import type { LoggedEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import { overSocket } from '../platform/graphql/entity-change.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import { filterOf, filtered, type FilterValue } from '../platform/read/filter.js';
import { readOne, readPage } from '../platform/read/page.js';
import { selectionOf } from '../platform/read/selection.js';
import { sortNamed, sortOf } from '../platform/read/sort.js';
import { alertSettingsOf, ALERT_RULE_NAMES, type AlertRule } from './alert-rules.js';
import { AlertRuleEnum, SyncAlert } from './alert.entity.js';
import { alertRead, readAlertSetting, type AlertRow } from './alert.queries.js';
import { acknowledgeAlert, changeAlertRule, resolveAlert } from './alert.service.js';

export const SyncAlertSort = sortOf(SyncAlert, ['openedAt']);
export const SyncAlertFilter = filterOf(SyncAlert, ['rule', 'level', 'openedAt', 'acknowledgedAt', 'recoveredAt']);

@ObjectType({ description: 'From which figure on a rule is a warning or critical.' })
export class SyncAlertThresholds {
  @Field(() => AlertRuleEnum)
  rule!: AlertRule;

  @Field(() => Float, { nullable: true, description: 'Null: it is never only a warning.' })
  warning!: number | null;

  @Field(() => Float)
  critical!: number;
}

const AlertConnection = connectionOf(SyncAlert, 'SyncAlert');
const alert = { type: SyncAlert, name: 'SyncAlert' };
const acknowledgeResult = defineResult<AlertRow>('AcknowledgeAlertResult', alert, acknowledgeAlert.fails);
const resolveResult = defineResult<AlertRow>('ResolveAlertResult', alert, resolveAlert.fails);
const ruleResult = defineResult(
  'UpdateSyncAlertRuleResult',
  { type: SyncAlertThresholds, name: 'SyncAlertThresholds' },
  changeAlertRule.fails,
);

@Resolver(() => SyncAlert)
export class SyncAlertResolver {
  @Query(() => AlertConnection, { description: 'Newest first, open ones and those that are over.' })
  syncAlerts(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => SyncAlertFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => SyncAlertSort, { defaultValue: SyncAlertSort.OPENED_DESC })
    orderBy: keyof typeof SyncAlertSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<AlertRow>> {
    const sort = sortNamed<SyncAlert>(SyncAlertSort, orderBy);
    return readPage(context, alertRead, { args, info, sort, where: [filtered(SyncAlertFilter, filter)] });
  }

  @Query(() => [SyncAlertThresholds], { description: 'The rules with their thresholds, as they are set.' })
  async syncAlertRules(@Ctx() context: Context): Promise<SyncAlertThresholds[]> {
    const settings = alertSettingsOf(await readAlertSetting(context.read));
    return ALERT_RULE_NAMES.map((rule) => ({ rule, ...settings[rule] }));
  }

  @Mutation(() => ruleResult.type, { description: 'Changes the thresholds of a rule, from the next look on. Audited.' })
  updateSyncAlertRule(
    @Ctx() context: Context,
    @Arg('rule', () => AlertRuleEnum) rule: AlertRule,
    @Arg('critical', () => Float) critical: number,
    @Arg('warning', () => Float, { nullable: true, description: 'Left out: it is never only a warning.' })
    warning: number | null,
  ): Promise<object> {
    return ruleResult.run(context, async () => {
      await context.transact((tx) => changeAlertRule(tx, { rule, critical, warning: warning ?? null }));
      return { rule, critical, warning: warning ?? null };
    });
  }

  @Mutation(() => acknowledgeResult.type, { description: 'Somebody takes it on; it stays open. Audited.' })
  acknowledgeAlert(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return acknowledgeResult.run(context, async () => {
      await context.transact((tx) => acknowledgeAlert(tx, id));
      return required(await readOne(context, alertRead, id, selectionOf(info)), id);
    });
  }

  @Mutation(() => resolveResult.type, {
    description: 'Ends it by hand; it is opened anew when the figure is still bad at the next look. Audited.',
  })
  resolveAlert(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return resolveResult.run(context, async () => {
      await context.transact((tx) => resolveAlert(tx, id));
      return required(await readOne(context, alertRead, id, selectionOf(info)), id);
    });
  }

  @Subscription(() => SyncAlert, {
    ...overSocket,
    nullable: true,
    description: 'Alerts as they are opened, become worse and are over. With `after` the missed ones come first.',
  })
  alertRaised(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('after', () => String, { nullable: true }) _after: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AlertRow | null> {
    return readOne(context, alertRead, event.entityId, selectionOf(info));
  }
}

const required = (row: AlertRow | null, id: string): AlertRow => {
  if (!row) throw notFound('Sync alert', id);
  return row;
};
