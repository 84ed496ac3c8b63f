import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { INSTANT } from '../platform/db/columns.js';

/** How far a sender of notices has come in the event log; notice.queries writes it. */
@Entity({ tableName: 'notice_cursors' })
export class NoticeCursorRow {
  @PrimaryKey({ type: 'text' })
  name!: string;

  @Property({ type: 'uuid' })
  epoch!: string;

  @Property({ type: 'bigint' })
  seq!: string;

  @Property({ type: 'bigint', nullable: true })
  sendingSeq?: string | null;

  @Property({ type: 'text', nullable: true })
  holder?: string | null;

  @Property({ ...INSTANT, default: '-infinity' })
  leasedUntil!: Date;
}
