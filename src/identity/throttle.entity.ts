import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { INSTANT } from '../platform/db/columns.js';

/** Failed sign-ins by address and network; throttle.queries writes it, and it is unlogged. */
@Entity({ tableName: 'sign_in_throttles' })
export class SignInThrottleRow {
  @PrimaryKey({ type: 'text' })
  key!: string;

  @Property({ type: 'integer' })
  count!: number;

  @Property({ ...INSTANT })
  windowUntil!: Date;

  @Property({ ...INSTANT, nullable: true })
  notBefore?: Date | null;
}
