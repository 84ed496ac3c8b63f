import type { PendingMigration } from './slot-driver.js';

/**
 * While a release is brought out, the former one still reads the same tables. What takes something away from it waits
 * for a later release (expand, deploy, contract), unless the operator says --allow-contract.
 */
const CONTRACTING: readonly { what: string; pattern: RegExp }[] = [
  { what: 'drops a table', pattern: /\bdrop\s+table\b/ },
  { what: 'drops a schema', pattern: /\bdrop\s+schema\b/ },
  { what: 'drops a view', pattern: /\bdrop\s+(materialized\s+)?view\b/ },
  { what: 'drops a type', pattern: /\bdrop\s+(type|domain)\b/ },
  {
    what: 'drops a column',
    pattern:
      /\balter\s+table\b[^;]*\bdrop\s+(column\b|(?!constraint\b|default\b|not\b|identity\b|expression\b|index\b)(if\s+exists\s+)?["a-z])/,
  },
  { what: 'renames', pattern: /\balter\s+(table|type|view|sequence|index|schema|domain)\b[^;]*\brename\b/ },
  {
    what: 'changes the type of a column',
    pattern: /\balter\s+table\b[^;]*\balter\s+(column\s+)?\S+\s+(set\s+data\s+)?type\b/,
  },
  { what: 'makes a column required', pattern: /\balter\s+table\b[^;]*\balter\s+(column\s+)?\S+\s+set\s+not\s+null\b/ },
  { what: 'empties a table', pattern: /\btruncate\b/ },
];

const COMMENTS = /--[^\n]*|\/\*[\s\S]*?\*\//g;
const TEXTS = /'(?:[^']|'')*'/g;
// A function's body runs later; what it may drop then is no change of the schema now.
const BODIES = /\$([a-z_]*)\$[\s\S]*?\$\1\$/gi;

/** One line per statement that contracts; empty when all of them only expand. */
export function contractions(pending: readonly PendingMigration[]): string[] {
  const found: string[] = [];
  for (const { name, statements } of pending) {
    for (const statement of statements) {
      const plain = statement.replace(BODIES, ' ').replace(TEXTS, "''").replace(COMMENTS, ' ').toLowerCase();
      const what = CONTRACTING.filter(({ pattern }) => pattern.test(plain)).map((one) => one.what);
      if (what.length > 0)
        found.push(`${name} ${what.join(' and ')}: ${plain.replace(/\s+/g, ' ').trim().slice(0, 120)}`);
    }
  }
  return found;
}
