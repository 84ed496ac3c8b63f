import { createHmac } from 'node:crypto';

/** Sends signed webhooks as Zoho does: a trigger with the whole record, no id, no sequence, no promise of order. */
export interface WebhookTarget {
  url: string;
  secret: string;
}

export type DeleteBody = 'id_only' | 'full';

export interface WebhookSwitches {
  /** How often a delivery that failed is tried again, the first time after so long. */
  webhookRetries: number;
  webhookRetryMs: number;
  signature: 'hex' | 'base64';
  body: 'json' | 'form_jsonstring' | 'form_pairs';
}

export function sign(
  secret: string,
  query: URLSearchParams,
  form: URLSearchParams | null,
  body: string,
  encoding: 'hex' | 'base64',
): string {
  const pairs = [...query, ...(form ?? [])].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const hmac = createHmac('sha256', secret);
  for (const [key, value] of pairs) hmac.update(key).update(value);
  if (!form) hmac.update(body);
  return hmac.digest(encoding);
}

/** What goes wrong with deliveries, each by chance in percent. */
export interface WebhookFaults {
  dropPercent: number;
  duplicatePercent: number;
  /** Held back until the next delivery has arrived. */
  reorderPercent: number;
  /** At most so long on the way. */
  delayMs: number;
  /** Arrive without a body, cut off in the middle, or with the id alone. */
  oddPercent: number;
}

export const ODD_BODIES = ['empty', 'cut', 'id_only'] as const;
export type OddBody = (typeof ODD_BODIES)[number];

export type WebhookEvent = 'created' | 'edited' | 'deleted';

/** One delivery: the last part of the path, the key of the record in the body and that of its id. */
export interface Webhook {
  route: string;
  object: string;
  id: string;
  event: WebhookEvent;
  record: Record<string, unknown>;
  odd?: OddBody;
}

/** Posts one webhook and answers its status; 0 when nobody answered. Zoho promises no retry, and neither does this. */
export async function sendWebhook(
  target: WebhookTarget,
  { route, object, id, event, record: whole, odd }: Webhook,
  switches: WebhookSwitches,
): Promise<number> {
  const query = new URLSearchParams({ event });
  const record = odd === 'id_only' ? { [id]: whole[id] } : whole;
  const text = JSON.stringify({ [object]: record });
  const json = odd === 'empty' ? '' : odd === 'cut' ? text.slice(0, text.length / 2) : text;
  const form =
    switches.body === 'form_jsonstring'
      ? new URLSearchParams({ JSONString: json })
      : switches.body === 'form_pairs'
        ? new URLSearchParams({ [id]: String(record[id]) })
        : null;
  const body = form ? form.toString() : json;
  try {
    const response = await fetch(`${target.url}/api/zoho/webhooks/${route}?${query.toString()}`, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': form ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'application/json',
        'X-Zoho-Webhook-Signature': sign(target.secret, query, form, body, switches.signature),
      },
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
