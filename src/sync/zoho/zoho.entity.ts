import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { INSTANT } from '../../platform/db/columns.js';

/** Zoho's token, budget, slots and calls, and the webhooks that were refused: only statements write them. */
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

  /** Calls in a row that Zoho has failed to answer. */
  @Property({ type: 'integer', default: 0 })
  failures!: number;

  /** How often in a row the circuit was opened; each time it stays open for longer. */
  @Property({ type: 'integer', default: 0 })
  circuitOpens!: number;

  /** Null while the circuit is closed; behind this time one call may probe. */
  @Property({ ...INSTANT, nullable: true })
  circuitUntil?: Date | null;

  @Property({ ...INSTANT, nullable: true })
  probingUntil?: Date | null;

  /** When subscribers were told last. */
  @Property({ ...INSTANT, default: '-infinity' })
  toldAt!: Date;
}

/** Where the line of refused callers of a lane ends. */
@Entity({ tableName: 'zoho_lanes' })
export class ZohoLaneRow {
  @PrimaryKey({ type: 'text' })
  account!: string;

  @PrimaryKey({ type: 'text' })
  lane!: string;

  @Property({ ...INSTANT, default: '-infinity' })
  lineAt!: Date;

  /** Calls of the last 24 hours, counted now and then. */
  @Property({ type: 'integer', default: 0 })
  callsOfDay!: number;
}

@Entity({ tableName: 'zoho_calls' })
@Index({ name: 'zoho_calls_minute', properties: ['minute'] })
export class ZohoCallsRow {
  @PrimaryKey({ type: 'text' })
  account!: string;

  @PrimaryKey({ type: 'text' })
  lane!: string;

  @PrimaryKey({ ...INSTANT })
  minute!: Date;

  @Property({ type: 'integer' })
  calls!: number;
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

export const zohoTables = [
  ZohoTokenRow,
  ZohoBudgetRow,
  ZohoSlotRow,
  ZohoLaneRow,
  ZohoCallsRow,
  WebhookRefusalRow,
] as const;
