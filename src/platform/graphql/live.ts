import { createHash } from 'node:crypto';
import { execute, GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import { canonicalJson } from '../../kernel/hash.js';
import { messageOf } from '../../kernel/errors.js';
import { rightsKey, type Language, type Viewer } from '../../kernel/viewer.js';
import type { LoggedEvent, LogHead } from '../events.js';
import type { LiveTopic, Services } from '../module.js';
import { createContext } from './context.js';
import { localise, type FormatError } from './format-error.js';

/**
 * One hub a process tails the event log and serves all subscriptions. Subscriptions with the same document, variables
 * and rights form a group: one execution an event and group, one text, sent to each.
 *
 *   subscribe(after) -> replaying (reads the log alone) -> live (shares frames) -> lagging (socket full: reads the log
 *   again) -> live ...
 *
 * The cursor a client holds is epoch and seq. A cursor of another epoch, above the head, or older than what is kept
 * answers RESYNC_REQUIRED: the client takes a snapshot by query and subscribes again.
 */
export interface LiveSubscription {
  field: string;
  args: Record<string, unknown>;
  document: DocumentNode;
  operationName: string | null;
  variables: Record<string, unknown>;
  /** Variables that only carry `after`; left out of the group's key. */
  cursorVariables: ReadonlySet<string>;
  viewer: Viewer;
  language: Language;
  /** Sends the payload's text; the frame around it is the transport's. */
  send(payload: string): void;
  /** Bytes that the transport has not sent yet. */
  buffered(): number;
  end(error: GraphQLError | null): void;
}

export interface LiveHub {
  start(): Promise<void>;
  stop(): void;
  /** The log has grown; reads it. */
  hint(): void;
  /** Answers the function that ends the subscription. Throws RESYNC_REQUIRED for a cursor that cannot be served. */
  subscribe(subscription: LiveSubscription): () => void;
  /** Process-wide reactions, e.g. dropping a cached viewer; called for every event, in order. */
  onEvent(listener: (event: LoggedEvent) => void): void;
  cursorOf(seq: number): string;
  stats(): { subscriptions: number; groups: number; position: number; executions: number };
}

const POLL_MS = 1000;
const BATCH = 1000;
const STATE_INTERVAL_MS = 1000;
const BUFFER_HIGH = 1024 * 1024;
const BUFFER_LOW = 128 * 1024;
const DRAIN_POLL_MS = 25;

interface Member extends LiveSubscription {
  topic: LiveTopic;
  group: Group;
  seq: number;
  state: 'replaying' | 'live' | 'lagging' | 'ended';
}

interface Group {
  key: string;
  topic: LiveTopic;
  members: Set<Member>;
  lastState: string | null;
}

export function encodeCursor(epoch: string, seq: number): string {
  return Buffer.from(`${epoch}:${seq}`).toString('base64url');
}

export function decodeCursor(cursor: string): { epoch: string; seq: number } | null {
  const match = /^([0-9a-f-]{36}):(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  return match ? { epoch: match[1] as string, seq: Number(match[2]) } : null;
}

const resync = (reason: string): GraphQLError =>
  new GraphQLError(`${reason} Read the state by query, then subscribe again without a cursor.`, {
    extensions: { code: 'RESYNC_REQUIRED' },
  });

export function createLiveHub(
  services: Services,
  schema: GraphQLSchema,
  topics: Readonly<Record<string, LiveTopic>>,
  formatError: FormatError,
): LiveHub {
  const { events, log } = services;
  const groups = new Map<string, Group>();
  const listeners: ((event: LoggedEvent) => void)[] = [];
  let head: LogHead = { epoch: '', seq: 0 };
  let position = 0;
  let floor = 0;
  let executions = 0;
  let reading: Promise<void> | null = null;
  let readAgain = false;
  let stopped = false;
  const timers: NodeJS.Timeout[] = [];
  const dirty = new Set<Group>();

  const payloadOf = async (member: Member, event: LoggedEvent | null): Promise<string> => {
    executions += 1;
    // A fresh context an event: the one of the subscribe time would answer from its stale loaders.
    const contextValue = createContext(services, {
      viewer: member.viewer,
      language: member.language,
      requestId: `live:${event?.seq ?? 'state'}`,
      address: '',
    });
    const result = await execute({
      schema,
      document: member.document,
      operationName: member.operationName,
      variableValues: member.variables,
      rootValue: event ?? {},
      contextValue,
    });
    const errors = result.errors?.map((error) => localise(formatError(error), member.language));
    return JSON.stringify({ data: result.data, ...(errors ? { errors } : {}) });
  };

  const wants = (member: Member, event: LoggedEvent): boolean =>
    member.topic.events.includes(event.name) && (member.topic.accepts?.(member.args, event, member.viewer) ?? true);

  const send = (member: Member, payload: string, seq: number): void => {
    if (member.state === 'ended') return;
    member.send(payload);
    member.seq = seq;
    services.metrics.liveFrames.inc();
  };

  const deliver = async (event: LoggedEvent): Promise<void> => {
    const rounds: { members: Member[]; payload: Promise<string> }[] = [];
    for (const group of groups.values()) {
      const members = [...group.members].filter((member) => member.state === 'live');
      const [first] = members;
      if (!first) continue;
      if (!wants(first, event)) {
        for (const member of members) member.seq = event.seq;
      } else if (group.topic.delivery === 'state') {
        dirty.add(group);
      } else {
        rounds.push({ members, payload: payloadOf(first, event) });
      }
    }
    for (const { members, payload } of rounds) {
      const text = await payload;
      for (const member of members) {
        if (member.state !== 'live') continue;
        if (member.buffered() > BUFFER_HIGH) void catchUp(member, 'lagging');
        else send(member, text, event.seq);
      }
    }
  };

  const readLog = async (): Promise<void> => {
    for (;;) {
      const batch = await events.readAfter(position, BATCH);
      for (const event of batch) {
        // Set before the members are looked at: who replays up to here joins for what comes after.
        position = event.seq;
        for (const listener of listeners) listener(event);
        await deliver(event);
      }
      if (batch.length < BATCH) return;
    }
  };

  const hint = (): void => {
    if (stopped) return;
    if (reading) {
      readAgain = true;
      return;
    }
    reading = readLog()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'log not read; tried again by the next poll'))
      .finally(() => {
        reading = null;
        if (readAgain) {
          readAgain = false;
          hint();
        }
      });
  };

  /** A restore gives the log a new epoch: whoever follows the old one must take a snapshot. */
  const checkEpoch = async (): Promise<void> => {
    // The position may move on while the head is being read, so the one before is compared.
    const before = position;
    const [now, kept] = await Promise.all([events.head(), events.floor()]);
    floor = kept;
    if (now.epoch === head.epoch && now.seq >= before) {
      if (now.seq > head.seq) head = now;
      if (now.seq > position) hint();
      return;
    }
    head = now;
    position = now.seq;
    for (const group of groups.values()) {
      for (const member of group.members) finish(member, resync('The log has begun anew.'));
    }
  };

  const finish = (member: Member, error: GraphQLError | null): void => {
    if (member.state === 'ended') return;
    member.state = 'ended';
    leave(member);
    member.end(error);
  };

  const leave = (member: Member): void => {
    member.group.members.delete(member);
    if (member.group.members.size === 0) {
      groups.delete(member.group.key);
      dirty.delete(member.group);
    }
    services.metrics.liveSubscriptions.dec();
  };

  /** Reads the log alone from the member's place until it meets the hub, then joins its group. */
  const catchUp = async (member: Member, state: 'replaying' | 'lagging'): Promise<void> => {
    member.state = state;
    const ended = (): boolean => member.state === 'ended' || stopped;
    try {
      while (!ended()) {
        if (member.buffered() > BUFFER_LOW) {
          await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
          continue;
        }
        if (member.seq > position) {
          // Another process may have numbered further than this one has read.
          const now = await events.head();
          if (member.seq > now.seq) throw resync('The cursor is above the head.');
          hint();
          await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
          continue;
        }
        // Checked and joined without a pause between, so no event falls through.
        if (member.seq === position) {
          member.state = 'live';
          return;
        }
        if (member.seq < floor) throw resync('The events since your cursor are no longer kept.');
        const batch = await events.readAfter(member.seq, 200);
        for (const event of batch) {
          if (ended() || event.seq > position) break;
          if (wants(member, event)) {
            send(member, await payloadOf(member, event), event.seq);
            if (member.buffered() > BUFFER_HIGH) break;
          } else member.seq = event.seq;
        }
      }
    } catch (error) {
      finish(member, error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error }));
    }
  };

  const sendState = async (group: Group, only?: Member): Promise<void> => {
    const [first] = group.members;
    if (!first) return;
    const payload = await payloadOf(only ?? first, null);
    if (only) {
      send(only, payload, position);
      return;
    }
    if (payload === group.lastState) return;
    group.lastState = payload;
    for (const member of group.members) {
      if (member.state === 'live' && member.buffered() <= BUFFER_HIGH) send(member, payload, position);
    }
  };

  const flushStates = (): void => {
    const due = [...dirty];
    dirty.clear();
    for (const group of due) {
      sendState(group).catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'state not sent'));
    }
  };

  return {
    async start() {
      head = await events.head();
      floor = await events.floor();
      position = head.seq;
      timers.push(setInterval(() => void checkEpoch().catch(() => undefined), POLL_MS));
      timers.push(setInterval(flushStates, STATE_INTERVAL_MS));
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      for (const group of groups.values()) for (const member of group.members) finish(member, null);
    },
    hint,
    subscribe(subscription) {
      const topic = topics[subscription.field];
      if (!topic) throw new GraphQLError(`${subscription.field} is no live field.`);
      topic.assertArgs?.(subscription.args, subscription.viewer);
      const after = subscription.args['after'];
      let seq = position;
      if (typeof after === 'string') {
        const cursor = decodeCursor(after);
        if (!cursor) throw new GraphQLError('after is no cursor.', { extensions: { code: 'BAD_USER_INPUT' } });
        if (cursor.epoch !== head.epoch) throw resync('The cursor belongs to another log.');
        if (cursor.seq < floor) throw resync('The events since your cursor are no longer kept.');
        seq = cursor.seq;
      }
      const key = groupKey(subscription);
      let group = groups.get(key);
      if (!group) {
        group = { key, topic, members: new Set(), lastState: null };
        groups.set(key, group);
      }
      const member: Member = { ...subscription, topic, group, seq, state: 'replaying' };
      group.members.add(member);
      services.metrics.liveSubscriptions.inc();
      if (topic.delivery === 'state') {
        member.state = 'live';
        sendState(group, member).catch(() => undefined);
      } else {
        void catchUp(member, 'replaying');
      }
      return () => {
        if (member.state === 'ended') return;
        member.state = 'ended';
        leave(member);
      };
    },
    onEvent: (listener) => void listeners.push(listener),
    cursorOf: (seq) => encodeCursor(head.epoch, seq),
    stats: () => ({
      subscriptions: [...groups.values()].reduce((sum, group) => sum + group.members.size, 0),
      groups: groups.size,
      position,
      executions,
    }),
  };
}

const documentHashes = new WeakMap<DocumentNode, string>();

function groupKey(subscription: LiveSubscription): string {
  let document = documentHashes.get(subscription.document);
  if (!document) {
    const source = subscription.document.loc?.source.body ?? canonicalJson(subscription.document);
    document = createHash('sha256').update(source).digest('hex');
    documentHashes.set(subscription.document, document);
  }
  const variables = Object.fromEntries(
    Object.entries(subscription.variables).filter(([name]) => !subscription.cursorVariables.has(name)),
  );
  return canonicalJson([
    document,
    subscription.operationName,
    variables,
    rightsKey(subscription.viewer),
    subscription.language,
  ]);
}
