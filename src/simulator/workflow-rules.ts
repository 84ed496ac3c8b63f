import { webhookModule, type WebhookModule } from './module-webhooks.js';
import type { Product } from './resource.js';
import type { Switches } from './switches.js';
import type { WebhookEvent, WebhookTarget } from './webhooks.js';

/**
 * Where a change came from. Rules fire for people, and perhaps for calls; never for imports, for what the other product
 * has synced, and for custom functions.
 */
export type Origin = 'user' | 'api' | 'import' | 'sync' | 'function';

export interface Change {
  module: string;
  id: string;
  event: WebhookEvent;
  product: Product;
  origin: Origin;
  /** The call asked for silence by a header of which nobody knows whether it works. */
  skip?: boolean;
}

export interface RuleOptions {
  /** The products in which the rules were set up. */
  products?: readonly Product[];
  /** The modules that have a rule; all that can have one if nothing is said. */
  modules?: readonly WebhookModule[];
}

type Tell = (target: WebhookTarget, change: Change & { module: WebhookModule }) => Promise<unknown>;

const DAY_MS = 86_400_000;

/** The rules of the organisation, and what they have sent. */
export class WorkflowRules {
  private readonly rules: { target: WebhookTarget; options: RuleOptions }[] = [];
  private readonly underWay = new Set<Promise<unknown>>();
  private today = { day: 0, sent: 0 };

  constructor(
    private readonly switches: Switches,
    private readonly tell: Tell,
  ) {}

  /** From now on every change goes to the target, as rules in these products would send it. */
  connect(target: WebhookTarget, options: RuleOptions = {}): void {
    this.rules.push({ target, options });
  }

  disconnect(): void {
    this.rules.length = 0;
  }

  changed(change: Change): void {
    const module = webhookModule(change.module);
    if (module === null || !this.fires(change)) return;
    for (const { target, options } of this.rules) {
      if (!(options.products ?? [change.product]).includes(change.product)) continue;
      if (options.modules && !options.modules.includes(module)) continue;
      if (!this.withinQuota()) continue;
      const sent = this.tell(target, { ...change, module }).catch(() => undefined);
      this.underWay.add(sent);
      void sent.finally(() => this.underWay.delete(sent));
    }
  }

  /** Resolves when everything that was sent has arrived or was lost. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private fires({ origin, skip = false }: Change): boolean {
    if (origin === 'user') return true;
    return origin === 'api' && this.switches.apiWritesFireRules && !(skip && this.switches.skipHeaderWorks);
  }

  /** So many webhooks a day are triggered, and no more. */
  private withinQuota(): boolean {
    const day = Math.floor(Date.now() / DAY_MS);
    if (this.today.day !== day) this.today = { day, sent: 0 };
    this.today.sent += 1;
    return this.switches.webhooksPerDay === 0 || this.today.sent <= this.switches.webhooksPerDay;
  }
}
