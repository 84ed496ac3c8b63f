import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { defineResult } from '../../platform/graphql/user-error.js';
import { connectionOf, PageArgs, type Page } from '../../platform/read/connection.js';
import type { RowOf } from '../../platform/read/definition.js';
import { filtered, type FilterValue } from '../../platform/read/filter.js';
import { readOne, readPage } from '../../platform/read/page.js';
import { selectionOf } from '../../platform/read/selection.js';
import { sortNamed } from '../../platform/read/sort.js';
import { inboxBodyById, inboxRead, readInboxStats } from '../queue.queries.js';
import { InboxEventFilter, InboxEventSort, ZohoWebhookInput } from '../sync.inputs.js';
import { InboxEvent } from './inbox-event.entity.js';
import { receiveBridgedWebhook } from './webhook.service.js';

@ObjectType({ description: 'Deliveries of the last 24 hours.' })
export class InboxStats {
  @Field(() => Int)
  total!: number;

  @Field(() => Int)
  completed!: number;

  @Field(() => Int)
  failed!: number;

  @Field(() => Int)
  pending!: number;

  @Field(() => Int)
  invalid!: number;

  @Field(() => Int)
  duplicates!: number;

  @Field(() => Int, { description: 'Turned away at the door: no or wrong signature, unsupported type.' })
  refused!: number;

  @Field(() => Float, { nullable: true, description: 'Percent with two decimals.' })
  successRate!: number | null;
}

export const ReceiptStatusEnum = { ACCEPTED: 'accepted', DUPLICATE: 'duplicate' } as const;
registerEnumType(ReceiptStatusEnum, { name: 'WebhookReceiptStatus' });

@ObjectType({ description: 'The webhook is stored; answered after the commit.' })
export class WebhookReceipt {
  @Field(() => String)
  eventId!: string;

  @Field(() => ReceiptStatusEnum)
  status!: 'accepted' | 'duplicate';
}

const InboxConnection = connectionOf(InboxEvent, 'InboxEvent');

const webhookReceipt = { type: WebhookReceipt, name: 'WebhookReceipt' };
const receiptResult = defineResult('ReceiveZohoWebhookResult', webhookReceipt, receiveBridgedWebhook.fails);

@Resolver(() => InboxEvent)
export class InboxResolver {
  @Query(() => InboxStats)
  inboxStats(@Ctx() context: Context): Promise<InboxStats> {
    return readInboxStats(context.services.db);
  }

  @Query(() => InboxConnection, { description: 'Newest first.' })
  inboxEvents(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => InboxEventFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => InboxEventSort, { defaultValue: InboxEventSort.RECEIVED_DESC })
    orderBy: keyof typeof InboxEventSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof inboxRead>>> {
    const sort = sortNamed<InboxEvent>(InboxEventSort, orderBy);
    return readPage(context, inboxRead, { args, info, sort, where: [filtered(InboxEventFilter, filter)] });
  }

  @Query(() => InboxEvent, { nullable: true })
  inboxEvent(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RowOf<typeof inboxRead> | null> {
    return readOne(context, inboxRead, id, selectionOf(info));
  }

  @FieldResolver(() => String, { nullable: true, description: 'The body as text.' })
  payload(@Root() event: { id: string }, @Ctx() context: Context): Promise<string | null> {
    return context.load(inboxBodyById, event.id);
  }

  @Mutation(() => receiptResult.type, {
    description: 'The bridge: the same door as POST /api/zoho/webhooks. Equal deliveries are one.',
  })
  receiveZohoWebhook(
    @Ctx() context: Context,
    @Arg('input', () => ZohoWebhookInput) input: ZohoWebhookInput,
  ): Promise<object> {
    return receiptResult.run(context, () =>
      receiveBridgedWebhook(context.services, {
        entityType: input.entity,
        event: input.event ?? undefined,
        query: new URLSearchParams(input.query ?? ''),
        contentType: input.contentType ?? 'application/json',
        rawBody: Buffer.from(input.payload, 'utf8'),
        signature: input.signature ?? undefined,
        address: context.address,
      }),
    );
  }
}
