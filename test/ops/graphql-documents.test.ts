import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { RECORD_BACKUP } from '../../ops/backup/record.js';
import { OPERATIONS } from '../../ops/deploy/record-api.js';
import { readSmokeChecks } from '../../ops/deploy/smoke.js';

/** What the deployer asks of the server, against the contract that the server publishes. */
describe('the GraphQL documents of ops', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const smoke = readSmokeChecks('ops/smoke.json').flatMap(({ name, body }) => {
    const query = (body as { query?: string } | undefined)?.query;
    return query === undefined ? [] : [[name, query] as const];
  });
  // The page that the dashboard's container serves is no module: its documents are cut out of its text.
  const text = readFileSync('ops/docker/dashboard/workers.js', 'utf8');
  const page = [...text.matchAll(/^const ([A-Z_]+) = `((?:query|mutation) [^`]+)`/gm)].map(
    ([, name = '', document = '']) => [`workers.js ${name}`, document] as const,
  );
  const documents: (readonly [string, string])[] = [
    ...Object.entries(OPERATIONS),
    ['recordBackup', RECORD_BACKUP],
    ...smoke,
    ...page,
  ];

  test.each(documents)('%s is valid', (_name, text) => {
    expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([]);
  });

  test('a document that the schema does not know is found', () => {
    expect(validate(schema, parse(OPERATIONS.take.replace('$agent: String!', '$agent: Int!'))).length).toBe(1);
    expect(validate(schema, parse(RECORD_BACKUP.replace('recordBackup', 'noteBackup'))).length).toBe(1);
  });

  test('are these and no others', () => {
    const files = readdirSync('ops', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const holders = files.filter((name) =>
      /`(query|mutation|subscription)[({ ]/.test(readFileSync(path.join('ops', name), 'utf8')),
    );
    expect(holders.sort()).toEqual(['backup/record.ts', 'deploy/record-api.ts']);
    expect(smoke.length).toBeGreaterThan(2);
    expect(page.map(([name]) => name)).toEqual(['workers.js SIGN_IN', 'workers.js WORKERS']);
  });
});
