import { Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';

/** Binds a local record to its remote record: what was last applied from there. Locked before the record itself. */
@Entity({ tableName: 'sync_links' })
@Unique({ name: 'sync_links_remote_unique', properties: ['entityType', 'externalRef'] })
@Index({ name: 'sync_links_local', properties: ['entityType', 'localId'] })
export class SyncLink {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  entityType!: string;

  @Property({ type: 'text' })
  externalRef!: string;

  @Property({ type: 'uuid', nullable: true })
  localId?: string | null;

  /** last_modified_time of what was applied; an older body is stale. */
  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  remoteModifiedAt?: Date | null;

  /** Of the mapped snapshot, so that a change in a field we do not map is `unchanged`. */
  @Property({ type: 'text', nullable: true })
  snapshotHash?: string | null;

  /** linked, or gone when the source no longer has the record. */
  @Property({ type: 'text', default: 'linked' })
  state!: string;

  @Property({ type: 'datetime', columnType: 'timestamptz', nullable: true })
  syncedAt?: Date | null;
}
