import { Arg, Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import type { Context } from '../platform/graphql/context.js';
import type { JobWarning } from '../platform/queue/job.js';
import { SyncWarning } from '../platform/queue/queue-item.entity.js';
import type { FieldChange } from './field-changes.js';
import { previewDelivery, type PreviewedRecord, type ReplayPreview } from './preview.js';
import { readDeliveryById } from './timeline.queries.js';
import { SyncFieldChange } from './timeline.resolver.js';

@ObjectType({ description: 'What would be written to one record.' })
export class SyncPreviewedRecord implements PreviewedRecord {
  @Field(() => String, { description: 'Product, Customer, ...' })
  entityType!: string;

  @Field(() => ID)
  entityId!: string;

  @Field(() => String, { description: 'create, update or delete.' })
  action!: string;

  @Field(() => [SyncFieldChange])
  changes!: FieldChange[];
}

@ObjectType({ description: 'Why a replay would fail.' })
export class SyncPreviewError {
  @Field(() => String, { description: 'Stable, for programs.' })
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType({ description: 'What taking a stored delivery into account once more would do. Nothing of it is kept.' })
export class SyncReplayPreview implements ReplayPreview {
  @Field(() => Boolean, { description: 'Whether anything would be written.' })
  changed!: boolean;

  @Field(() => [SyncPreviewedRecord])
  records!: PreviewedRecord[];

  @Field(() => [SyncWarning])
  warnings!: JobWarning[];

  @Field(() => SyncPreviewError, { nullable: true, description: 'Null when it would pass.' })
  error!: { code: string; message: string } | null;
}

@Resolver(() => SyncReplayPreview)
export class SyncReplayPreviewResolver {
  @Query(() => SyncReplayPreview, {
    nullable: true,
    description:
      'Runs the real handler on the body of an inbox event, as it was stored, and rolls it back. Null when there is none.',
  })
  async syncReplayPreview(
    @Ctx() context: Context,
    @Arg('eventId', () => ID, { description: 'The id of the inbox event.' }) eventId: string,
  ): Promise<ReplayPreview | null> {
    if (!isId(eventId)) throw badInput('eventId', msg`Not a valid id.`);
    const { services } = context;
    const found = await readDeliveryById(context.read, eventId);
    const sync = found && services.syncs.get(found.entityType);
    return found && sync ? previewDelivery(services, sync, found) : null;
  }
}
