import { Arg, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { AppError, badInput } from '../../kernel/errors.js';
import type { Scope } from '../../kernel/scopes.js';
import { can, rightsOf, type Rights, type Viewer } from '../../kernel/viewer.js';
import type { LoggedEvent } from '../events.js';
import type { LiveHub } from './live.js';
import type { Module, PersonalTopic } from '../module.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';
import { msg } from '../../kernel/message.js';

declare module '../module.js' {
  interface Services {
    hub: LiveHub;
  }
}

/** The error of a subscription that came by an HTTP request and not over the WebSocket. */
export const needsWebSocket = (): AppError =>
  new AppError(
    'SUBSCRIPTION_NEEDS_WEBSOCKET',
    msg`Subscriptions run over the WebSocket at /graphql, by the protocol graphql-transport-ws.`,
  );

/** Subscriptions are executed by the hub, event by event; nobody iterates the schema's own stream. */
export const overSocket = {
  subscribe: (): AsyncIterable<never> => {
    throw needsWebSocket();
  },
};

@ObjectType({ description: 'A record changed. Modules add the record itself, such as `product`.' })
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

interface Rule {
  event: string;
  permission: Scope;
}

/** Equal rights follow equal changes. */
export interface SharedChangeRule extends Rule {
  perPerson?: false;
  accepts?: (event: LoggedEvent, rights: Rights) => boolean;
}

/** Which changes a viewer follows depends on the person. */
export interface PersonalChangeRule extends Rule {
  perPerson: true;
  /** Holders of this permission follow every change, whoever they are, and share executions. */
  everything?: Scope;
  accepts: (event: LoggedEvent, viewer: Viewer) => boolean;
}

/** Who may see changes of one entity type, out of the plug of its module. */
export type ChangeRule = SharedChangeRule | PersonalChangeRule;

const canFollowEverything = (rule: PersonalChangeRule, rights: Rights): boolean =>
  rule.everything !== undefined && can(rights, rule.everything);

function canFollow(rule: ChangeRule, event: LoggedEvent, viewer: Viewer): boolean {
  const rights = rightsOf(viewer);
  if (!can(rights, rule.permission)) return false;
  if (!rule.perPerson) return rule.accepts?.(event, rights) ?? true;
  return canFollowEverything(rule, rights) || rule.accepts(event, viewer);
}

/** The topic of entityChanged, made from what the modules say about their entities. */
export function entityChangedTopic(modules: readonly Module[]): PersonalTopic {
  const rules = new Map(modules.flatMap((module) => Object.entries(module.changes ?? {})));
  const typesOf = (args: Record<string, unknown>): readonly string[] => args['types'] as string[];
  return {
    delivery: 'log',
    events: [...rules.values()].map((rule) => rule.event),
    assertArgs(args, rights) {
      const types = typesOf(args);
      const known = [...rules].filter(([, rule]) => can(rights, rule.permission)).map(([type]) => type);
      const names = known.length > 0 ? `You may follow: ${known.join(', ')}.` : 'There is nothing that you may follow.';
      if (types.length === 0) throw badInput('types', msg`Name at least one type. ${names}`);
      const unknown = types.find((type) => !known.includes(type));
      if (unknown !== undefined) throw badInput('types', msg`Unknown type ${unknown.slice(0, 40)}. ${names}`);
      if (types.length > known.length) throw badInput('types', msg`Name each type once.`);
    },
    perPerson: (args, rights) =>
      typesOf(args).some((type) => {
        const rule = rules.get(type);
        return rule?.perPerson === true && !canFollowEverything(rule, rights);
      }),
    accepts(args, event, viewer) {
      const rule = rules.get(event.entityType);
      return rule !== undefined && typesOf(args).includes(event.entityType) && canFollow(rule, event, viewer);
    },
  };
}
