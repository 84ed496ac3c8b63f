import { AppError, badInput, notFound, type ErrorCode } from '../../kernel/errors.js';
import { sha256Hex } from '../../kernel/hash.js';
import { defineCommand } from '../../platform/command.js';
import type { Services } from '../../platform/module.js';
import { PRIORITY } from '../zoho/call-lanes.js';
import { verifyWebhook } from '../zoho/signature.js';
import { eventIdOf, isForm, isReadable, parseEvent, readDeliveryKeys } from './delivery.js';
import { msg } from '../../kernel/message.js';

export interface IncomingWebhook {
  source: 'webhook' | 'bridge';
  /** Stored entity_type, e.g. products. */
  entityType: string;
  event: string | undefined;
  query: URLSearchParams;
  contentType: string | undefined;
  rawBody: Uint8Array;
  signature: string | undefined;
  address: string;
  headers: Record<string, string>;
}

export interface Receipt {
  eventId: string;
  status: 'accepted' | 'duplicate';
}

/**
 * Takes a webhook in, by HTTP or by the GraphQL bridge. Answers after the commit. Idempotent: an equal delivery is a
 * duplicate. The signature is checked before anything is parsed; what it does not cover is never stored, only counted.
 */
export const receiveWebhook = defineCommand(
  ['NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'BAD_SIGNATURE', 'BAD_INPUT'],
  async (services: Services, incoming: IncomingWebhook): Promise<Receipt> => {
    const { inbox, config } = services;
    const shape = services.syncs.get(incoming.entityType)?.remote;
    if (!shape) throw notFound('Webhook entity', incoming.entityType.slice(0, 40), 'entity');
    inbox.assertCapacity();
    if (!isReadable(incoming.contentType)) {
      return refuse(
        services,
        incoming,
        new AppError('UNSUPPORTED_MEDIA_TYPE', msg`Send JSON, plain text holding JSON, or a form.`, {
          field: 'content-type',
        }),
      );
    }
    const form = isForm(incoming.contentType)
      ? new URLSearchParams(Buffer.from(incoming.rawBody).toString('utf8'))
      : null;
    const secrets = [config.webhook.secret, config.webhook.previousSecret].filter((one): one is string => Boolean(one));
    const signed = { query: incoming.query, form, rawBody: incoming.rawBody };
    if (!verifyWebhook(incoming.signature, signed, secrets, config.webhook.acceptBase64)) {
      const sentence = incoming.signature ? msg`The signature does not fit.` : msg`The signature is missing.`;
      return refuse(services, incoming, new AppError('BAD_SIGNATURE', sentence, { field: 'X-Zoho-Webhook-Signature' }));
    }
    const base = {
      sourceType: incoming.source,
      entityType: incoming.entityType,
      rawBody: incoming.rawBody,
      contentType: incoming.contentType ?? null,
      headers: incoming.headers,
      runId: null,
      priority: PRIORITY.webhook,
    };
    try {
      const event = parseEvent(incoming.event);
      const { remoteId, sourceModifiedAt } = readDeliveryKeys(shape, incoming.contentType, incoming.rawBody);
      const stored = await inbox.write({
        ...base,
        eventId: eventIdOf(incoming.entityType, remoteId, event, incoming.rawBody),
        remoteId,
        event,
        // A deletion carries the time of the last edit, which says nothing about when it was deleted.
        sourceModifiedAt: event === 'deleted' ? null : sourceModifiedAt,
        invalid: null,
      });
      const status = stored.inserted ? 'accepted' : 'duplicate';
      services.metrics.webhooks.inc({ entity: incoming.entityType, result: status });
      return { eventId: stored.eventId, status };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'BAD_INPUT') throw error;
      // Signed by Zoho but unreadable: it is kept as invalid, so that somebody can look at it.
      await inbox.write({
        ...base,
        eventId: eventIdOf(incoming.entityType, 'invalid', 'changed', incoming.rawBody),
        remoteId: null,
        event: 'changed',
        sourceModifiedAt: null,
        invalid: error.message,
      });
      services.metrics.webhooks.inc({ entity: incoming.entityType, result: 'invalid' });
      throw error;
    }
  },
);

// At the bridge the entity is of an enum, and the type and the signature are inputs like any other.
const BRIDGE_FIELDS: Partial<Record<ErrorCode, string>> = {
  NOT_FOUND: 'entity',
  UNSUPPORTED_MEDIA_TYPE: 'contentType',
  BAD_SIGNATURE: 'signature',
};

/** The same by the GraphQL bridge: what is wrong with the delivery is wrong with the input. */
export const receiveBridgedWebhook = defineCommand(
  ['BAD_INPUT'],
  async (services: Services, incoming: Omit<IncomingWebhook, 'source' | 'headers'>): Promise<Receipt> => {
    try {
      return await receiveWebhook(services, { ...incoming, source: 'bridge', headers: {} });
    } catch (error) {
      const field = error instanceof AppError ? BRIDGE_FIELDS[error.code] : undefined;
      throw field === undefined ? error : badInput(field, (error as AppError).sentence);
    }
  },
);

const SAMPLE_BYTES = 500;

function refuse(services: Services, incoming: IncomingWebhook, error: AppError): never {
  services.metrics.webhooks.inc({ entity: incoming.entityType, result: error.code.toLowerCase() });
  const sample = {
    address: incoming.address,
    contentType: incoming.contentType?.slice(0, 100) ?? null,
    bytes: incoming.rawBody.length,
    sha256: sha256Hex(incoming.rawBody),
    begin: Buffer.from(incoming.rawBody.subarray(0, SAMPLE_BYTES)).toString('latin1').replaceAll('\u0000', '?'),
  };
  services.inbox.refused(incoming.entityType, error.code.toLowerCase(), sample);
  throw error;
}
