import { check, type Check } from './check.js';
import type { Host } from './host.js';

const SHOWN = 5;
// pino writes 50 for error and 60 for fatal.
const ERROR = 50;

interface LogLine {
  level?: number;
  msg?: string;
  reason?: string;
  err?: { message?: string };
}

/** How often each error stands in the log, most often first. */
export function topErrors(lines: readonly string[]): { text: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    // Lines of a container runtime or of rsyslog may have words before the object.
    const from = line.indexOf('{');
    if (from < 0) continue;
    let entry: LogLine;
    try {
      entry = JSON.parse(line.slice(from)) as LogLine;
    } catch {
      continue;
    }
    if ((entry.level ?? 0) < ERROR) continue;
    const reason = entry.err?.message ?? entry.reason;
    const text = `${entry.msg ?? 'no message'}${reason ? `: ${reason}` : ''}`.slice(0, 200);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count);
}

export function checkLog(host: Host, since: Date, period: string): Promise<Check> {
  return check('Log', async () => {
    const errors = topErrors(await host.logSince(since));
    const total = errors.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return { state: 'ok', detail: `no errors in the last ${period}.` };
    return {
      state: 'warning',
      detail: `${total} errors in the last ${period}.`,
      lines: errors.slice(0, SHOWN).map(({ text, count }) => `${count} x ${text}`),
    };
  });
}
