/** What an expression of Prometheus asks for: its metrics, and by which labels it chooses among their series. */
export interface Asked {
  metric: string;
  labels: readonly string[];
}

const KEYWORDS = new Set([
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'and', 'or', 'unless', 'bool', 'offset'],
]);

/** Every metric of an expression with the labels of its braces. Functions, keywords and grouping lists are left out. */
export function metricsOf(expression: string): Asked[] {
  const text = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\[[\w:]{1,20}\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replace(/\b(offset)\s+\w+/g, ' ');
  const found: Asked[] = [];
  for (const match of text.matchAll(/([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\()?/g)) {
    const [, name = '', after] = match;
    const before = text[match.index - 1] ?? ' ';
    if (after === '(' || KEYWORDS.has(name) || /[\w.]/.test(before)) continue;
    const labels = (after ?? '')
      .replace(/[{}]/g, '')
      .split(',')
      .map((matcher) => matcher.split(/[=!]/)[0]?.trim() ?? '')
      .filter(Boolean);
    found.push({ metric: name, labels });
  }
  return found;
}

/** A histogram is asked for by its parts. */
export const familyOf = (metric: string): string => metric.replace(/_(bucket|sum|count)$/, '');
