import {
  ODD_BODIES,
  sendWebhook,
  type Webhook,
  type WebhookFaults,
  type WebhookSwitches,
  type WebhookTarget,
} from './webhooks.js';

/** How long a delivery is held back for another one to overtake it. */
const HELD_MS = 2000;

interface Held {
  deliver: () => void;
  timer: NodeJS.Timeout;
}

/** Sends webhooks with everything that can happen to them: lost, doubled, overtaken by the next one, late. */
export class WebhookSender {
  private readonly held: Held[] = [];

  constructor(
    private readonly switches: WebhookSwitches & WebhookFaults,
    private readonly random: () => number,
  ) {}

  /** Answers the status of the (first) delivery; 0 when nobody answered, or when it was dropped. */
  async send(target: WebhookTarget, webhook: Webhook): Promise<number> {
    const { dropPercent, duplicatePercent, reorderPercent, delayMs } = this.switches;
    if (this.strikes(dropPercent)) return 0;
    const copies = this.strikes(duplicatePercent) ? 2 : 1;
    if (this.strikes(reorderPercent)) await this.hold();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.random() * delayMs));
    const odd = this.strikes(this.switches.oddPercent)
      ? ODD_BODIES[Math.floor(this.random() * ODD_BODIES.length)]
      : undefined;
    const sent = Array.from({ length: copies }, () => this.deliver(target, odd ? { ...webhook, odd } : webhook));
    const [status = 0] = await Promise.all(sent);
    this.release();
    return status;
  }

  /** Whether a failed delivery is tried again, and how often, depends on a policy that nobody has described. */
  private async deliver(target: WebhookTarget, webhook: Webhook): Promise<number> {
    for (let attempt = 0; ; attempt += 1) {
      const status = await sendWebhook(target, webhook, this.switches);
      if ((status >= 200 && status < 300) || attempt >= this.switches.webhookRetries) return status;
      await new Promise((resolve) => setTimeout(resolve, this.switches.webhookRetryMs * 2 ** attempt));
    }
  }

  /** Delivers what is still held back. */
  release(): void {
    for (const { deliver, timer } of this.held.splice(0)) {
      clearTimeout(timer);
      deliver();
    }
  }

  private strikes(percent: number): boolean {
    return percent > 0 && this.random() * 100 < percent;
  }

  /** Resolves after the next delivery, or after two seconds without one. */
  private hold(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.release(), HELD_MS);
      this.held.push({ deliver: resolve, timer });
    });
  }
}
