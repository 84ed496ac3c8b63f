import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';

export interface SchemaChanges {
  breaking: string[];
  /** What a careful client survives, such as a new member of a union. */
  dangerous: string[];
}

/** What a client of the former schema would stumble over in the new one. */
export function compareSchemas(former: string, present: string): SchemaChanges {
  const [a, b] = [buildSchema(former), buildSchema(present)];
  const lines = (changes: readonly { type: string; description: string }[]): string[] =>
    changes.map(({ type, description }) => `${type}: ${description}`).sort();
  return { breaking: lines(findBreakingChanges(a, b)), dangerous: lines(findDangerousChanges(a, b)) };
}

function main(args: readonly string[]): number {
  const [former, present, permission] = args;
  if (!former || !present) {
    process.stderr.write('Use: node dist/ops/check/schema-breaking.js <former schema> <new schema> [allow]\n');
    return 2;
  }
  const { breaking, dangerous } = compareSchemas(readFileSync(former, 'utf8'), readFileSync(present, 'utf8'));
  for (const line of dangerous) process.stdout.write(`dangerous  ${line}\n`);
  for (const line of breaking) process.stdout.write(`BREAKING   ${line}\n`);
  if (breaking.length === 0) {
    process.stdout.write('The schema breaks no client.\n');
    return 0;
  }
  if (permission === 'allow') {
    process.stdout.write('Allowed by the label breaking-change.\n');
    return 0;
  }
  process.stderr.write(
    `${breaking.length} changes break clients. Deprecate first, or label the pull request breaking-change.\n`,
  );
  return 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = main(process.argv.slice(2));
}
