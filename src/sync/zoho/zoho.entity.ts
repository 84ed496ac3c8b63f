import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { INSTANT } from '../../platform/db/columns.js';

/** Zoho's token, budget and slots, and the webhooks that were refused: only statements write them. */
@Entity({ tableName: 'zoho_tokens' })
export class ZohoTokenRow {
  @PrimaryKey({ type: 'text' })
  account!: string;

  @Property({ type: 'text', nullable: true })
  accessToken?: string | null;

  @Property({ type: 'text', nullable: true })
  apiDomain?: string | null;

  @Property({ ...INSTANT, nullable: true })
  expiresAt?: Date | null;

  @Property({ ...INSTANT, nullable: true })
  refreshingUntil?: Date | null;

  @Property({ ...INSTANT, nullable: true })
  blockedUntil?: Date | null;

  @Property({ type: 'text', nullable: true })
  lastError?: string | null;
}

@Entity({ tableName: 'zoho_budget' })
export class ZohoBudgetRow {
  @PrimaryKey({ type: 'text' })
  account!: string;

  @Property({ type: 'double', columnType: 'double precision' })
  tokens!: number;

  @Property({ ...INSTANT, defaultRaw: 'clock_timestamp()' })
  refilledAt!: Date;

  @Property({ ...INSTANT, nullable: true })
  blockedUntil?: Date | null;

  @Property({ type: 'text', nullable: true })
  blockedReason?: string | null;

  @Property({ type: 'integer', nullable: true })
  dayLimit?: number | null;

  @Property({ type: 'integer', nullable: true })
  dayRemaining?: number | null;

  @Property({ ...INSTANT, nullable: true })
  dayResetsAt?: Date | null;
}

@Entity({ tableName: 'zoho_slots' })
export class ZohoSlotRow {
  @PrimaryKey({ type: 'text' })
  account!: string;

  @PrimaryKey({ type: 'integer' })
  slot!: number;

  @Property({ ...INSTANT, default: '-infinity' })
  leasedUntil!: Date;
}

@Entity({ tableName: 'webhook_refusals' })
export class WebhookRefusalRow {
  @PrimaryKey({ type: 'string', columnType: 'date' })
  day!: string;

  @PrimaryKey({ type: 'text' })
  entityType!: string;

  @PrimaryKey({ type: 'text' })
  reason!: string;

  @Property({ type: 'bigint' })
  count!: string;

  @Property({ ...INSTANT })
  lastAt!: Date;

  @Property({ type: 'json', columnType: 'jsonb' })
  sample!: object;
}

export const zohoTables = [ZohoTokenRow, ZohoBudgetRow, ZohoSlotRow, WebhookRefusalRow] as const;
