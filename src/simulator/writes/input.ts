import { isCurrency, type Currency } from '../documents/money.js';
import type { Body } from '../resource.js';
import { invalidValue, refusal, tooLong } from './refusal.js';

/** Reads the body of a write: what is not there stays as it is, what is odd is refused as Zoho does. */
export class Input {
  constructor(readonly body: Body) {}

  has(name: string): boolean {
    return this.body[name] !== undefined;
  }

  text(name: string, present: string, limit = 500): string {
    const value = this.body[name];
    if (value === undefined || value === null) return present;
    if (typeof value !== 'string' && typeof value !== 'number') throw invalidValue(name);
    const text = String(value);
    if (text.length >= limit) throw tooLong(name, limit);
    return text;
  }

  required(name: string, present: string, limit?: number): string {
    const text = this.text(name, present, limit);
    if (text.trim() === '') throw refusal(4, `Please enter a value for ${name}`);
    return text;
  }

  number(name: string, present: number): number {
    const value = this.body[name];
    if (value === undefined || value === null || value === '') return present;
    const number = Number(value);
    if (!Number.isFinite(number)) throw invalidValue(name);
    return number;
  }

  /** An amount, or a percentage as text. */
  discount(name: string, present: number | string): number | string {
    const value = this.body[name];
    if (typeof value === 'string' && /^\s*\d+(\.\d+)?\s*%\s*$/.test(value)) return value.trim();
    return typeof present === 'number' || this.has(name) ? this.number(name, Number(present) || 0) : present;
  }

  day(name: string, present: string): string {
    const text = this.text(name, present);
    if (text !== '' && (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))) throw invalidValue(name);
    return text;
  }

  currency(present: Currency): Currency {
    const code = this.body['currency_code'];
    if (code === undefined) return present;
    if (!isCurrency(code)) throw invalidValue('currency_code');
    return code;
  }

  rows(name: string): Input[] | null {
    const value = this.body[name];
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) throw invalidValue(name);
    return value.map((row: unknown) => {
      if (typeof row !== 'object' || row === null) throw invalidValue(name);
      return new Input(row as Body);
    });
  }

  row(name: string): Input | null {
    const value = this.body[name];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? new Input(value as Body) : null;
  }

  /** Custom fields come as rows with an id or an API name, and as promoted keys. */
  customFields(present: Readonly<Record<string, string>>): Record<string, string> {
    const fields = { ...present };
    for (const row of this.rows('custom_fields') ?? []) {
      const name = row.text('api_name', row.text('label', ''));
      if (name !== '') fields[name] = row.text('value', '');
    }
    for (const [name, value] of Object.entries(this.body)) {
      if (name.startsWith('cf_') && (typeof value === 'string' || typeof value === 'number'))
        fields[name] = String(value);
    }
    return fields;
  }
}
