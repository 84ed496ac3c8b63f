import type { Call, Cast, Company } from './company.js';

/** What a step does, and the numbers from 0 to 999 that choose its details. */
export interface Step {
  name: string;
  pick: number;
  part: number;
  other: number;
}

/** What a command can see when it chooses: the company, the cast, and the numbers of its step. */
export class Scene {
  constructor(
    readonly company: Company,
    readonly cast: Cast,
    private readonly step: Step,
  ) {}

  /** Whether a coin shows heads; one coin a power of two. */
  coin(number: 1 | 2 | 4 | 8): boolean {
    return (this.step.other & number) !== 0;
  }

  of<T>(list: readonly T[], offset = 0): T {
    return list[(this.step.pick + offset) % Math.max(1, list.length)] as T;
  }

  /** From 1 to `most`, whole. */
  number(most: number): number {
    return 1 + ((this.step.part * 7 + this.step.pick) % Math.max(1, Math.floor(most)));
  }

  /** A part of an amount, of some a little more than all of it, with the decimals of the currency. */
  portion(amount: string | number, currency: string): string {
    const whole = this.step.part % 3 === 0;
    const part = whole ? Number(amount) : (Number(amount) * (this.step.part + 30)) / 1000;
    return money(part, currency);
  }

  /** A whole part of a quantity: all of it, or less, and one of nothing, which is refused. */
  pieces(quantity: number): string {
    return this.step.part % 2 === 0 ? String(Math.max(1, Math.floor(quantity))) : String(this.number(quantity));
  }

  /** Today or one of the days before. */
  get day(): string {
    return this.dayOf(this.step.other % 7 === 0 ? 1 + (this.step.part % 3) : 0);
  }

  private dayOf(ago: number): string {
    return new Date(Date.parse(`${this.company.day}T00:00:00Z`) - ago * 86_400_000).toISOString().slice(0, 10);
  }

  /** One of the rows that a statement finds, the newest first. */
  async one(text: string, params: unknown[] = []): Promise<any> {
    const rows = await this.company.sql(`${text} limit 6`, params);
    return rows.length === 0 ? null : this.of(rows);
  }

  /** One of the newest documents of the cast's customers or vendors. */
  document(table: string, of: 'customer' | 'vendor', where = 'true', more = ''): Promise<any> {
    return this.one(
      `select d.*${more && `, ${more}`} from ${table} d where d.${of}_id = any ($1) and ${where} order by d.id desc`,
      [of === 'customer' ? this.cast.customers : this.cast.vendors],
    );
  }
}

export const money = (amount: number, currency: string): string =>
  Math.max(amount, currency === 'IQD' ? 1 : 0.01).toFixed(currency === 'IQD' ? 0 : 2);

export const linesOf = (table: string, owner: string): string =>
  `(select json_agg(l order by l.position) from ${table} l where l.${owner} = d.id) as lines`;

/** A command that somebody gives; null when there is nothing to give it for, and `before` is given, which makes it. */
export interface Command {
  name: string;
  weight: number;
  before?: string;
  make(scene: Scene): Promise<Call | null> | Call | null;
}

/** The arguments of a step of a document: its id and version. */
export const step = (mutation: string, document: any, more: Record<string, unknown> = {}): Call | null =>
  document && { mutation, args: { id: document.id, version: document.version, ...more } };

export const voiding = (mutation: string, document: any): Call | null =>
  step(mutation, document, { reason: 'A mistake' });

export const input = (mutation: string, given: object): Call => ({ mutation, args: { input: given } });
