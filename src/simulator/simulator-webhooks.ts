import type { SimulatedItem } from './company.js';
import type { SimulatedContact } from './company-contacts.js';
import { deletedBody, routeOf, WEBHOOKS, type WebhookModule } from './module-webhooks.js';
import type { Body, Product, Resource } from './resource.js';
import type { Switches } from './switches.js';
import type { WebhookSender } from './webhook-sender.js';
import type { WebhookEvent, WebhookTarget } from './webhooks.js';

/** Bodies of records, and the webhooks that carry them. */
export interface SimulatorWebhooks {
  /** One record as the door of its module answers it now. */
  body(module: string, id: string, product?: Product): Body;
  /** The body that a webhook of this item carries now. */
  webhookBody(item: SimulatedItem, event: WebhookEvent): Body;
  /** Sends the webhook of a record, as its rule would. */
  tell(target: WebhookTarget, module: WebhookModule, id: string, event?: WebhookEvent): Promise<number>;
  send(target: WebhookTarget, item: SimulatedItem, event?: WebhookEvent): Promise<number>;
  /** `route` is where the rule sends it: customers or vendors, as its type says unless somebody set it up wrongly. */
  sendContact(
    target: WebhookTarget,
    contact: SimulatedContact,
    event?: WebhookEvent,
    route?: 'customers' | 'vendors',
  ): Promise<number>;
}

export function webhooksOf(
  resources: readonly Resource[],
  switches: Switches,
  sender: WebhookSender,
): SimulatorWebhooks {
  const resourceOf = (module: string): Resource => {
    const resource = resources.find(({ name }) => name === module);
    if (!resource) throw new Error(`The simulator has no module ${module}.`);
    return resource;
  };
  const body: SimulatorWebhooks['body'] = (module, id, product) => {
    const resource = resourceOf(module);
    const record = resource.find(id);
    if (!record) throw new Error(`The simulator has no ${resource.object} ${id}.`);
    return resource.detail(record, product ?? (module === 'items' ? 'inventory' : 'books'));
  };
  const deliver = (
    target: WebhookTarget,
    module: WebhookModule,
    whole: Body,
    event: WebhookEvent,
    route = routeOf(module, whole),
  ): Promise<number> => {
    const { id } = WEBHOOKS[module];
    const object = module === 'customerpayments' ? switches.paymentObject : WEBHOOKS[module].object;
    const record = event === 'deleted' ? deletedBody(module, whole, switches.deleteBody) : whole;
    return sender.send(target, { route, object, id, event, record });
  };
  const itemBody = (item: SimulatedItem): Body => resourceOf('items').detail(item, 'inventory');
  return {
    body,
    webhookBody: (item, event) =>
      event === 'deleted' ? deletedBody('items', itemBody(item), switches.deleteBody) : itemBody(item),
    tell: (target, module, id, event = 'edited') => deliver(target, module, body(module, id), event),
    send: (target, item, event = 'edited') => deliver(target, 'items', itemBody(item), event),
    sendContact: (target, contact, event = 'edited', route = undefined) =>
      deliver(target, 'contacts', resourceOf('contacts').detail(contact, 'books'), event, route),
  };
}
