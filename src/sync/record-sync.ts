import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../platform/graphql/scalars.js';

@ObjectType({ description: 'Where a record stands against its twin at Zoho.' })
export class RecordSync {
  @Field(() => String, { description: 'linked, or gone when the source no longer has it.' })
  state!: string;

  @Field(() => DateTime, { nullable: true })
  sourceModifiedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  syncedAt!: Date | null;

  key!: string;
}
