import { badInput } from '../../kernel/errors.js';
import { parseExactJson } from '../../kernel/exact-json.js';
import { parseInstant } from '../../kernel/clock.js';
import { sha256Hex } from '../../kernel/hash.js';
import { msg } from '../../kernel/message.js';

/** What a webhook's body says, in whichever of Zoho's shapes it came. */
export const DELIVERY_EVENTS = ['created', 'edited', 'deleted', 'changed', 'listed'] as const;
export type DeliveryEvent = (typeof DELIVERY_EVENTS)[number];

/** How the bodies of an entity name the object and its id. */
export interface DeliveryShape {
  object: string;
  id: string;
}

export interface Delivery {
  remoteId: string;
  /** The record, or the pairs of a form. */
  record: Record<string, unknown>;
  sourceModifiedAt: Date | null;
}

export const isForm = (contentType: string | undefined): boolean =>
  /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '');

/** Raw webhooks come as JSON or as plain text; nothing said is taken as JSON. */
export const isReadable = (contentType: string | undefined): boolean =>
  contentType === undefined ||
  contentType === '' ||
  isForm(contentType) ||
  /^(application\/([\w.+-]+\+)?json|text\/plain)\b/i.test(contentType);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Parse = (text: string) => unknown;

function parseJson(text: string, parse: Parse): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch {
    throw badInput('body', msg`The body is no JSON.`);
  }
  if (!isRecord(parsed)) throw badInput('body', msg`The body is no JSON object.`);
  return parsed;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readBody(contentType: string | undefined, rawBody: Uint8Array, parse: Parse): Record<string, unknown> {
  let text: string;
  try {
    text = utf8.decode(rawBody);
  } catch {
    throw badInput('body', msg`The body is not UTF-8.`);
  }
  if (text.trim() === '') throw badInput('body', msg`The body is empty.`);
  if (isForm(contentType)) {
    const pairs = Object.fromEntries(new URLSearchParams(text));
    const wrapped = pairs['JSONString'];
    return wrapped === undefined ? pairs : parseJson(wrapped, parse);
  }
  const parsed = parseJson(text, parse);
  return typeof parsed['JSONString'] === 'string' ? parseJson(parsed['JSONString'], parse) : parsed;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Reads a delivery, every number as written. Throws BAD_INPUT when the body is unreadable or has no id: an id is never
 * guessed, because a literal "unknown" once gave unrelated records one key.
 */
export function readDelivery(shape: DeliveryShape, contentType: string | undefined, rawBody: Uint8Array): Delivery {
  return deliveryOf(shape, readBody(contentType, rawBody, parseExactJson));
}

/**
 * The same without the record, for receiving a webhook: exact numbers cost five times the parse and matter here only
 * when the id itself is one.
 */
export function readDeliveryKeys(
  shape: DeliveryShape,
  contentType: string | undefined,
  rawBody: Uint8Array,
): Omit<Delivery, 'record'> {
  const body = readBody(contentType, rawBody, JSON.parse);
  const id = recordOf(shape, body)[shape.id];
  return typeof id === 'number' ? readDelivery(shape, contentType, rawBody) : deliveryOf(shape, body);
}

const recordOf = (shape: DeliveryShape, body: Record<string, unknown>): Record<string, unknown> =>
  [shape.object, 'data'].map((key) => body[key]).find(isRecord) ?? body;

function deliveryOf(shape: DeliveryShape, body: Record<string, unknown>): Delivery {
  const record = recordOf(shape, body);
  const id = record[shape.id];
  const remoteId = typeof id === 'number' ? String(id) : id;
  if (typeof remoteId !== 'string' || !ID.test(remoteId)) {
    throw badInput(shape.id, msg`The body has no ${shape.id}.`);
  }
  return { remoteId, record, sourceModifiedAt: parseInstant(record['last_modified_time'] ?? record['updated_time']) };
}

/** Equal deliveries share it: same entity, id, event and body. */
export function eventIdOf(entityType: string, remoteId: string, event: string, rawBody: Uint8Array): string {
  return sha256Hex(`${entityType}\n${remoteId}\n${event}\n${sha256Hex(rawBody)}`);
}

export function parseEvent(value: string | undefined): DeliveryEvent {
  if (value === undefined || value === '') return 'changed';
  const event = DELIVERY_EVENTS.find((one) => one === value.toLowerCase());
  if (event && event !== 'listed') return event;
  throw badInput('event', msg`event is created, edited or deleted.`);
}
