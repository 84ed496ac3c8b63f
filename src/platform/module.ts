import type { AnyEntity, EntityClass } from '@mikro-orm/core';
import type { GraphQLSchema } from 'graphql';
import type { ClassType, NonEmptyArray } from 'type-graphql';
import type { Router } from 'express';
import type { Config } from '../config.js';
import type { FieldOwners } from '../kernel/ownership.js';
import type { Scope } from '../kernel/scopes.js';
import type { Rights, Viewer } from '../kernel/viewer.js';
import type { MigrationEntry } from './db/migration.js';
import type { Database } from './db/orm.js';
import type { Listener, Transact } from './db/transact.js';
import type { ChangeRule } from './graphql/entity-change.js';
import type { Extension } from './read/definition.js';
import type { EventLog, LoggedEvent } from './events.js';
import type { FairGate } from './fair-gate.js';
import type { Metrics } from './http/metrics.js';
import type { RestRoute } from './http/openapi.js';
import type { Logger } from './logger.js';
import type { Bus } from './pubsub.js';
import type { JobHandler } from './queue/job.js';
import type { Retention } from './queue/retention.js';
import type { RateLimiter } from './rate-limit.js';
import type { Schedule } from './queue/scheduler.js';

/**
 * What the composition root built, handed to modules. A module adds its own members by declaration merging in the file
 * that makes them (`declare module '../platform/module.js' { interface Services { ... } }`), so nothing is looked up by
 * name.
 */
export interface Services {
  config: Config;
  db: Database;
  transact: Transact;
  events: EventLog;
  bus: Bus;
  log: Logger;
  metrics: Metrics;
  /** Shares the connections for reads between clients. */
  readGate: FairGate;
  /** Shares the connections for transactions between clients; jobs need no slot. */
  writeGate: FairGate;
  /** Shares the operations that are worked on at once. */
  requestGate: FairGate;
  rateLimiter: RateLimiter;
  /** All that this release holds, run or not. */
  migrations: readonly MigrationEntry[];
  /** The deployment for which this process runs, as far as it is known. */
  deploymentId(): string | null;
  /** Wakes numbering and workers after a commit that was written without `transact`. */
  onCommit(wrote: { events: boolean; jobs: boolean }): void;
  schema: GraphQLSchema;
}

/** What a module adds to a process, made of what the composition root and the modules before it have built. */
export interface ModuleParts {
  /** Added to the services, for every module. */
  provides?: Partial<Services>;
  /** Sees each event of the log in this process, before subscribers do. */
  onEvent?(event: LoggedEvent): void;
  /** Runs once when all services stand, before the process serves anybody. */
  start?(): Promise<void>;
  /** Sets its gauges before they are read. */
  scrape?(): Promise<void>;
  /** Finishes what was accepted; runs when nobody can send any more. */
  drain?(): Promise<void>;
}

/** Who may call a root field or read a guarded field: everybody, whoever is signed in, or holders of a permission. */
export type Access = 'public' | 'signed-in' | { permission: Scope };
export const permission = (name: Scope): Access => ({ permission: name });

/** `Query.products` or `Product.cost` -> who may. A root field without an entry fails the start. */
export type Permissions = Record<string, Access>;

interface Topic {
  /** The names of the events it may show. */
  events: readonly string[];
  /** Throws BAD_INPUT for arguments that cannot be served; runs once, when somebody subscribes. */
  assertArgs?: (args: Record<string, unknown>, rights: Rights) => void;
  /**
   * 'log': every event once, resumable by cursor. 'state': the newest state at most once a second, no cursor.
   */
  delivery: 'log' | 'state';
}

/**
 * Equal rights see equal events: `accepts` does not learn who the person is, so people with equal rights may share an
 * execution.
 */
export interface SharedTopic extends Topic {
  perPerson?: false;
  /** Whether these arguments and rights want the event; pure and cheap, it runs once a group and event. */
  accepts?: (args: Record<string, unknown>, event: LoggedEvent, rights: Rights) => boolean;
}

/** `accepts` looks at the person, so each person is a group of their own. */
export interface PersonalTopic extends Topic {
  /** A function when it depends on the arguments; where it answers false, `accepts` is given nobody's identity. */
  perPerson: true | ((args: Record<string, unknown>, rights: Rights) => boolean);
  accepts: (args: Record<string, unknown>, event: LoggedEvent, viewer: Viewer) => boolean;
}

/**
 * How one subscription field reads the log. A topic that depends on the person has to declare it to learn who it is.
 */
export type LiveTopic = SharedTopic | PersonalTopic;

/** Work that goes on beside requests and jobs, in the roles `all` and `notify`. */
export interface Follower {
  name: string;
  start(): Promise<void>;
  /** Ends within seconds and leaves nothing that another process could not go on with. */
  stop(): Promise<void>;
  /** For operators, in the detailed health. */
  state(): string;
}

/**
 * Who owns fields, or whole records. Of `fields`, every column is owned or kept by the program itself, and every field of
 * an input is owned under its own name or that of `names`. Without `fields` each name is a record: `creditNote` is
 * CreditNote, or what `names` says.
 */
export interface Ownership {
  owners: FieldOwners;
  fields?: {
    entity: EntityClass<AnyEntity>;
    /** Columns that nobody edits: ids, versions, instants, what is derived. */
    kept: readonly string[];
    /** Owned names that are no column, such as the rows of another table. */
    beside?: readonly string[];
    inputs: readonly ClassType[];
    /** Fields of the inputs that say which record and which state of it is meant. */
    notOwned: readonly string[];
  };
  names?: Readonly<Record<string, string>>;
}

/** The only plug of a module. */
export interface Module {
  name: string;
  entities: readonly EntityClass<AnyEntity>[];
  /** Classes whose rows are bookkeeping and not audited. */
  unaudited?: readonly EntityClass<AnyEntity>[];
  resolvers: NonEmptyArray<abstract new (...args: never[]) => unknown> | [];
  permissions: Permissions;
  /** `Query.report` -> what the field costs beyond what it selects, in points (see platform/graphql/cost). */
  costs?: Readonly<Record<string, number>>;
  live?: Record<string, LiveTopic>;
  /** Entity type -> who may follow its changes by entityChanged. */
  changes?: Record<string, ChangeRule>;
  routes?(services: Services): Router;
  /** What /openapi.json says of its routes. */
  rest?: readonly RestRoute[];
  jobs?(services: Services): JobHandler[];
  listeners?: Record<string, Listener>;
  schedules?: readonly Schedule[];
  followers?(services: Services): Follower[];
  /** Builds what the module keeps for the life of the process, in every role; in the order of the modules. */
  services?(services: Services): Promise<ModuleParts> | ModuleParts;
  /** What the module's tables no longer keep; the platform's prune job deletes it. */
  retention?: readonly Retention[];
  /** Who owns what this module keeps; compared with the entities and inputs at the start. */
  ownership?: Record<string, Ownership>;
  /** Fields that this module adds to entities of upstream modules, read in their statements. */
  extends?: readonly Extension[];
}
