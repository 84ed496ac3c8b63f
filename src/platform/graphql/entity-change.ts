import { Arg, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { badInput } from '../../kernel/errors.js';
import { can, type Viewer } from '../../kernel/viewer.js';
import type { LoggedEvent } from '../events.js';
import type { LiveHub } from './live.js';
import type { LiveTopic, Module } from '../module.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

declare module '../module.js' {
  interface Services {
    hub: LiveHub;
  }
}

/** Subscriptions are executed by the hub, event by event; nobody iterates the schema's own stream. */
export const overSocket = {
  subscribe: (): AsyncIterable<never> => {
    throw badInput('subscription', 'Subscriptions run over the WebSocket.');
  },
};

@ObjectType({ description: 'A record changed. Rooms add the record itself, such as `product`.' })
export class EntityChange {
  @Field(() => String, { description: 'Opaque; give it back as `after` to continue behind it.' })
  cursor!: string;

  @Field(() => String, { description: 'product, deployment, ...' })
  entityType!: string;

  @Field(() => ID)
  entityId!: string;

  @Field(() => String, { description: 'created, updated, stock or archived.' })
  type!: string;

  @Field(() => DateTime)
  occurredAt!: Date;
}

@Resolver(() => EntityChange)
export class EntityChangeResolver {
  @Subscription(() => EntityChange, {
    ...overSocket,
    description: 'Changes of records, each once and in order. With `after` the missed ones come first.',
  })
  entityChanged(
    @Root() event: LoggedEvent,
    @Ctx() context: Context,
    @Arg('types', () => [String]) _types: string[],
    @Arg('after', () => String, { nullable: true }) _after: string | null,
  ): EntityChange {
    return {
      cursor: context.services.hub.cursorOf(event.seq),
      entityType: event.entityType,
      entityId: event.entityId,
      type: (event.data['change'] as string | undefined) ?? 'updated',
      occurredAt: event.occurredAt,
    };
  }
}

/** Who may see changes of one entity type, out of the plug of its room. */
export interface ChangeRule {
  event: string;
  permission: string;
  accepts?(event: LoggedEvent, viewer: Viewer): boolean;
}

/** The topic of entityChanged, made from what the rooms say about their entities. */
export function entityChangedTopic(modules: readonly Module[]): LiveTopic {
  const rules = new Map(modules.flatMap((module) => Object.entries(module.changes ?? {})));
  return {
    delivery: 'log',
    events: [...rules.values()].map((rule) => rule.event),
    assertArgs(args, viewer) {
      for (const type of args['types'] as string[]) {
        const rule = rules.get(type);
        if (!rule || !can(viewer, rule.permission)) {
          throw badInput('types', `Unknown type ${type.slice(0, 40)}. Known: ${[...rules.keys()].join(', ')}.`);
        }
      }
    },
    accepts(args, event, viewer) {
      const rule = rules.get(event.entityType);
      if (!rule || !(args['types'] as string[]).includes(event.entityType)) return false;
      return can(viewer, rule.permission) && (rule.accepts?.(event, viewer) ?? true);
    },
  };
}
