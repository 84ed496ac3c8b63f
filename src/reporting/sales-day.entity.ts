import { Check, Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { DAY, QUANTITY } from '../platform/db/columns.js';

const SUM = { type: 'string', columnType: 'numeric(20,6)' } as const;

/**
 * What was sold on a day, of all numbered entries up to the one of SalesHead: as a whole (kind 0), by customer (1) or by
 * product (2), which has no documents. The nil uuid stands for none. keep_sales of the database writes it.
 */
@Entity({ tableName: 'sales_days' })
@Check({ name: 'sales_days_kind_check', expression: 'kind in (0, 1, 2)' })
@Check({ name: 'sales_days_currency', expression: `currency in ('IQD', 'USD', 'RMB')` })
export class SalesDay {
  @PrimaryKey({ type: 'smallint', autoincrement: false })
  kind!: number;

  @PrimaryKey({ ...DAY })
  day!: string;

  /** The customer or product. */
  @PrimaryKey({ type: 'uuid' })
  key!: string;

  @PrimaryKey({ type: 'text' })
  currency!: string;

  @PrimaryKey({ type: 'uuid' })
  branchId!: string;

  @PrimaryKey({ type: 'uuid' })
  salespersonId!: string;

  @Property({ type: 'integer' })
  documents!: number;

  @Property({ ...QUANTITY, columnType: 'numeric(20,3)' })
  quantity!: string;

  @Property({ ...SUM })
  billed!: string;

  @Property({ ...SUM })
  baseBilled!: string;

  @Property({ ...SUM })
  credited!: string;

  @Property({ ...SUM })
  baseCredited!: string;

  @Property({ ...SUM })
  sales!: string;

  @Property({ ...SUM })
  baseSales!: string;

  @Property({ ...SUM })
  discounts!: string;

  @Property({ ...SUM })
  baseDiscounts!: string;

  @Property({ ...SUM })
  returns!: string;

  @Property({ ...SUM })
  baseReturns!: string;

  /** In the base currency. */
  @Property({ ...SUM })
  cost!: string;
}

/** The number of the last entry that is in sales_days; its row is locked by who keeps them. */
@Entity({ tableName: 'sales_head' })
@Check({ name: 'sales_head_id_check', expression: 'id = 1' })
export class SalesHead {
  @PrimaryKey({ type: 'smallint', autoincrement: false })
  id!: number;

  @Property({ type: 'bigint', defaultRaw: '0' })
  number!: string;
}
