import type { Database } from '../../platform/db/orm.js';
import { countRefusals } from './inbox.queries.js';

interface Refusal {
  entityType: string;
  reason: string;
  count: number;
  sample: object;
}

const FLUSH_MS = 1000;

/** Counts refused deliveries; written once a second, with the last sample, so that a flood costs one small statement. */
export class RefusalCounter {
  private readonly refusals = new Map<string, Refusal>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly db: Database) {}

  add(entityType: string, reason: string, sample: object): void {
    const key = `${entityType} ${reason}`;
    this.refusals.set(key, { entityType, reason, count: (this.refusals.get(key)?.count ?? 0) + 1, sample });
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const counted = [...this.refusals.values()];
    this.refusals.clear();
    // Losing a count with the database loses no delivery.
    if (counted.length > 0) await countRefusals(this.db.read, counted).catch(() => undefined);
  }
}
