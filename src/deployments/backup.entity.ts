import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { INSTANT } from '../platform/db/columns.js';
import { DateTime } from '../platform/graphql/scalars.js';

export const BackupKindEnum = { DATABASE: 'DATABASE', REDIS: 'REDIS', UPLOADS: 'UPLOADS' } as const;
export type BackupKind = keyof typeof BackupKindEnum;
registerEnumType(BackupKindEnum, { name: 'BackupKind' });

@ObjectType({ description: 'A backup that was taken; it can be relied on once it is verified by a restore.' })
@Entity({ tableName: 'backups' })
@Index({ name: 'backups_environment', properties: ['environment', 'takenAt'] })
@Check({ name: 'backups_kind_check', expression: `kind in ('DATABASE', 'REDIS', 'UPLOADS')` })
export class Backup {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Property({ type: 'text' })
  environment!: string;

  @Field(() => BackupKindEnum)
  @Property({ type: 'text' })
  kind!: BackupKind;

  @Field(() => ID, { nullable: true, description: 'The deployment before which it was taken.' })
  @Property({ type: 'uuid', nullable: true })
  deploymentId?: string | null;

  @Field(() => String, { description: 'Of the file, 64 hexadecimal digits.' })
  @Property({ type: 'text' })
  sha256!: string;

  @Field(() => Float)
  @Property({ type: 'double', columnType: 'bigint' })
  sizeBytes!: number;

  @Field(() => String, { description: 'A path or s3:// address, without credentials.' })
  @Property({ type: 'text' })
  location!: string;

  @Field(() => DateTime)
  @Property({ ...INSTANT })
  takenAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When a restore of it was compared with the original.' })
  @Property({ ...INSTANT, nullable: true })
  verifiedAt?: Date | null;

  @Field(() => String)
  @Property({ type: 'text' })
  recordedBy!: string;
}
