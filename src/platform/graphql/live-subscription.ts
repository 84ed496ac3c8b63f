import { createHash } from 'node:crypto';
import type { DocumentNode, GraphQLError } from 'graphql';
import { canonicalJson } from '../../kernel/hash.js';
import { actorOf, hasPersonalRows, rightsKey, rightsOf, withoutPerson } from '../../kernel/viewer.js';
import type { Language, Viewer } from '../../kernel/viewer.js';
import type { LoggedEvent } from '../events.js';
import type { LiveTopic } from '../module.js';

/** The text of one answer. All members of a group receive the same object, so it is serialised once. */
export class LivePayload {
  private encoded: Buffer | null = null;

  constructor(readonly text: string) {}

  get bytes(): Buffer {
    return (this.encoded ??= Buffer.from(this.text));
  }
}

/** What a transport asks of the hub, and how the hub reaches the transport. */
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
  /** Sends the payload; the frame around it is the transport's. */
  send(payload: LivePayload): void;
  /** Bytes that the transport has not sent yet. */
  buffered(): number;
  /** Resolves when the transport has sent what it holds, or has closed. */
  drained(): Promise<void>;
  end(error: GraphQLError | null): void;
}

/** Whether the person belongs into the group's key, because the topic looks at who subscribes. */
function looksAtPerson(topic: LiveTopic, { args, viewer }: LiveSubscription): boolean {
  return typeof topic.perPerson === 'function' ? topic.perPerson(args, rightsOf(viewer)) : topic.perPerson === true;
}

const documentHashes = new WeakMap<DocumentNode, string>();

function hashOf(document: DocumentNode): string {
  let hash = documentHashes.get(document);
  if (!hash) {
    hash = createHash('sha256')
      .update(document.loc?.source.body ?? canonicalJson(document))
      .digest('hex');
    documentHashes.set(document, hash);
  }
  return hash;
}

/** Subscriptions with the same key get the same events and the same payloads. */
export function groupKey(topic: LiveTopic, subscription: LiveSubscription): string {
  const { document, operationName, viewer, language, cursorVariables } = subscription;
  const variables = Object.entries(subscription.variables).filter(([name]) => !cursorVariables.has(name));
  const person = looksAtPerson(topic, subscription) ? actorOf(viewer) : '';
  return canonicalJson([
    hashOf(document),
    operationName,
    Object.fromEntries(variables),
    rightsKey(viewer),
    person,
    language,
  ]);
}

/** In whose name a group judges events and executes: the person's, or nobody's with the rights of all members. */
export function groupViewer(topic: LiveTopic, subscription: LiveSubscription): Viewer {
  const { viewer } = subscription;
  return looksAtPerson(topic, subscription) || hasPersonalRows(viewer) ? viewer : withoutPerson(viewer);
}

export function wantsEvent(topic: LiveTopic, { args }: LiveSubscription, viewer: Viewer, event: LoggedEvent): boolean {
  if (!topic.events.includes(event.name)) return false;
  if (topic.perPerson) return topic.accepts(args, event, viewer);
  return topic.accepts?.(args, event, rightsOf(viewer)) ?? true;
}
