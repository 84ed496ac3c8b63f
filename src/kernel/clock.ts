/**
 * The only place that says now and that turns text into an instant.
 * Leases and schedules compare against the database clock instead, because processes on
 * several machines disagree about the time.
 */
type Source = () => number;

let source: Source = Date.now;

export function now(): Date {
  return new Date(source());
}

export function nowMs(): number {
  return source();
}

/** Tests only: replaces the source of time; returns the function that puts the former one back. */
export function setClock(replacement: Source): () => void {
  const former = source;
  source = replacement;
  return () => {
    source = former;
  };
}

export function fromMs(epochMs: number): Date {
  return new Date(epochMs);
}

export const addSeconds = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000);

// Zoho writes the offset without a colon (+0300), PostgreSQL without minutes (+00).
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)$/i;

/**
 * Parses a timestamp that carries its offset, and answers null for anything else.
 * A text without an offset is refused: guessing a zone once compared Riyadh with UTC.
 */
export function parseInstant(text: unknown): Date | null {
  if (text instanceof Date) return Number.isNaN(text.getTime()) ? null : text;
  if (typeof text !== 'string') return null;
  const match = INSTANT.exec(text.trim());
  if (!match) return null;
  const [, date, time, zone] = match as unknown as [string, string, string, string];
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.length > 3 ? zone.slice(-2) : '00'}`;
  const parsed = new Date(`${date}T${time}${offset}`);
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

interface Zone {
  formatter: Intl.DateTimeFormat;
  /** The minute that was formatted last, and its date: every operation asks, and formatting takes microseconds. */
  minute: number;
  date: string;
}

const zones = new Map<string, Zone>();
const MINUTE_MS = 60_000;

/** The business date, YYYY-MM-DD, in an IANA zone: a sale at 01:00 in Baghdad belongs to that day, not to UTC's. */
export function businessDate(timeZone: string, at: Date = now()): string {
  let zone = zones.get(timeZone);
  if (!zone) {
    const formatter = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    zones.set(timeZone, (zone = { formatter, minute: Number.NaN, date: '' }));
  }
  // The days of all zones begin at a full minute.
  const minute = Math.floor(at.getTime() / MINUTE_MS);
  if (minute !== zone.minute) {
    zone.date = zone.formatter.format(at);
    zone.minute = minute;
  }
  return zone.date;
}

/** YYYY-MM-DD of a day that exists. */
export function isBusinessDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 10) === text;
}

/** The business date so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
