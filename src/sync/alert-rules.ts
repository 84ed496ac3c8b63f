/** What is measured, and from which figure on it is a warning or critical. */
export const ALERT_RULES = {
  pending: { warning: 100, critical: 500 },
  errorPercent: { warning: 5, critical: 10 },
  dead: { warning: 1, critical: 10 },
  lagMinutes: { warning: 15, critical: 120 },
  workerSilent: { warning: null, critical: 1 },
  tokenInvalid: { warning: null, critical: 1 },
} as const satisfies Record<string, Thresholds>;
export type AlertRule = keyof typeof ALERT_RULES;
export type AlertLevel = 'warning' | 'critical';

export interface Thresholds {
  /** Null: it is never only a warning. */
  warning: number | null;
  critical: number;
}

export type AlertSettings = Readonly<Record<AlertRule, Thresholds>>;
export const ALERT_RULE_NAMES = Object.keys(ALERT_RULES) as AlertRule[];

/** What the settings say, and the usual figures for the rest. */
export function alertSettingsOf(stored: unknown): AlertSettings {
  const known = (stored ?? {}) as Partial<Record<AlertRule, Thresholds>>;
  return { ...ALERT_RULES, ...known };
}

/** How bad a figure is, and what it has reached; null when it is good. Pure. */
export function judge(
  measured: number,
  { warning, critical }: Thresholds,
): { level: AlertLevel; threshold: number } | null {
  if (measured >= critical) return { level: 'critical', threshold: critical };
  return warning !== null && measured >= warning ? { level: 'warning', threshold: warning } : null;
}
