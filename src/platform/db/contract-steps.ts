/** A statement of a migration after which the former release may no longer run, and why. */
export interface ContractStep {
  statement: string;
  reason: string;
}

const RULES: readonly { pattern: RegExp; reason: string }[] = [
  { pattern: /\bdrop\s+(table|schema|type|domain|sequence|view|materialized\s+view)\b/, reason: 'drops what is read' },
  { pattern: /\bdrop\s+(function|procedure)\b/, reason: 'drops a function that is called' },
  { pattern: /\balter\s+table\b[^;]*\bdrop\s+column\b/, reason: 'drops a column' },
  // The word COLUMN may be left out; constraints, defaults and NOT NULL may be dropped without harm.
  {
    pattern:
      /\balter\s+table\b[^;]*\bdrop\s+(?!column\b|constraint\b|default\b|not\s+null\b|expression\b|identity\b)[\w"]+/,
    reason: 'drops a column',
  },
  { pattern: /\brename\s+(to|column|constraint|attribute|value)\b/, reason: 'renames' },
  { pattern: /\balter\s+table\b[^;]*\brename\s+[\w"]+\s+to\b/, reason: 'renames a column' },
  { pattern: /\balter\s+(column\s+)?[\w"]+\s+(set\s+data\s+)?type\b/, reason: 'changes the type of a column' },
  { pattern: /\bset\s+not\s+null\b/, reason: 'demands a value that the former release may not write' },
  { pattern: /\btruncate\b(?!\s+on\b)/, reason: 'deletes rows' },
];

// Read from left to right in one pass, so that a quote in a comment does not begin a text, nor two hyphens in a text a
// comment.
const SAYS_NOTHING = /\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** Bodies of functions, texts, quoted names' quotes and comments say nothing about the schema. */
const bare = (statement: string): string =>
  statement.replace(SAYS_NOTHING, ' ').replace(/"/g, '').replace(/\s+/g, ' ').toLowerCase();

/**
 * The contract steps (drop, rename, change of type, NOT NULL on an existing column) among statements. None: expand only,
 * so the former release runs on the new schema. test/deployments/contract-steps.test.ts is its table.
 */
export function contractSteps(statements: readonly string[]): ContractStep[] {
  return statements.flatMap((statement) => {
    const text = bare(statement);
    if (/^\s*create\s+(or\s+replace\s+)?(constraint\s+)?trigger\b/.test(text)) return [];
    const rule = RULES.find(({ pattern }) => pattern.test(text));
    return rule ? [{ statement: statement.replace(/\s+/g, ' ').trim().slice(0, 300), reason: rule.reason }] : [];
  });
}
