import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { INSTANT } from '../platform/db/columns.js';
import { DateTime } from '../platform/graphql/scalars.js';
import type { AlertLevel, AlertRule } from './alert-rules.js';

export const AlertRuleEnum = {
  PENDING: 'pending',
  ERROR_PERCENT: 'errorPercent',
  DEAD: 'dead',
  LAG_MINUTES: 'lagMinutes',
  WORKER_SILENT: 'workerSilent',
  TOKEN_INVALID: 'tokenInvalid',
} as const satisfies Record<string, AlertRule>;
registerEnumType(AlertRuleEnum, {
  name: 'SyncAlertRule',
  description:
    'PENDING: records that wait. ERROR_PERCENT: tries of the last 15 minutes that failed, of at least 20. DEAD: records ' +
    'without a try left. LAG_MINUTES: age of the oldest record that waits and is not paused. WORKER_SILENT: no worker ' +
    'has given a sign of life. TOKEN_INVALID: Zoho refuses our credentials.',
});

export const AlertLevelEnum = { WARNING: 'warning', CRITICAL: 'critical' } as const satisfies Record<
  string,
  AlertLevel
>;
registerEnumType(AlertLevelEnum, { name: 'SyncAlertLevel' });

@ObjectType({ description: 'What an operator must look at. At most one of a rule is open.' })
@Entity({ tableName: 'sync_alerts' })
@Index({
  name: 'sync_alerts_one_open',
  expression: `create unique index "sync_alerts_one_open" on "sync_alerts" ("rule") where ("recovered_at" is null)`,
})
@Index({ name: 'sync_alerts_keyset', properties: ['openedAt', 'id'] })
@Check({ name: 'sync_alerts_level_check', expression: `level in ('warning', 'critical')` })
export class SyncAlert {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => AlertRuleEnum)
  @Property({ type: 'text' })
  rule!: AlertRule;

  @Field(() => AlertLevelEnum, { description: 'The worst that it has been.' })
  @Property({ type: 'text' })
  level!: AlertLevel;

  @Field(() => Float, { description: 'The figure at which it was opened or became worse.' })
  @Property({ type: 'double', columnType: 'double precision' })
  measured!: number;

  @Field(() => Float, { description: 'What the figure had reached.' })
  @Property({ type: 'double', columnType: 'double precision' })
  threshold!: number;

  @Field(() => DateTime)
  @Property({ ...INSTANT, defaultRaw: 'now()' })
  openedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When a warning became critical.' })
  @Property({ ...INSTANT, nullable: true })
  escalatedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When somebody took it on.' })
  @Property({ ...INSTANT, nullable: true })
  acknowledgedAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'user:<id> or key:<id>.' })
  @Property({ type: 'text', nullable: true })
  acknowledgedBy?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was over; null while it is open.' })
  @Property({ ...INSTANT, nullable: true })
  recoveredAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'Who resolved it by hand; null when it recovered by itself.' })
  @Property({ type: 'text', nullable: true })
  recoveredBy?: string | null;
}
