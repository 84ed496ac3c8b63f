import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startCluster } from '../support/cluster.js';
import { sqlClient } from '../support/database.js';
import { runLoad, table } from './load.js';
import { signIn } from './peers.js';

const SCALE = Number(process.env['BENCH_STATEMENTS_SCALE'] ?? 10);

const FIGURES = 'amount { amount } previous { amount } months { amount }';

/** Pages of statements, and whole years of them. The generated trade ends in October 2026. */
const queriesOf = (customerId: string): Record<string, string> => ({
  'trial balance':
    '{ trialBalance(on: "2026-06-30") { rows { account { code } debit { amount } credit { amount } } } }',
  'statement, last page': `{ accountStatement(account: 1210, currency: "USD", last: 100) { nodes { day amount { amount } balance { amount } } } }`,
  'statement of a customer': `{ accountStatement(account: 1210, partyId: "${customerId}", currency: "USD", first: 100) { nodes { day amount { amount } balance { amount } } } }`,
  'general ledger, a page':
    '{ generalLedger(first: 100, from: "2026-01-01", to: "2026-06-30") { nodes { day account amount { amount } } } }',
  'ageing, a page':
    '{ receivablesAgeing(first: 100) { rows { code open { amount } onAccount { amount } balance { amount } } } }',
  'ageing at a past day, a page':
    '{ receivablesAgeing(on: "2026-03-31", first: 100) { rows { code open { amount } onAccount { amount } balance { amount } } } }',
  'ageing, all': '{ receivablesAgeing(first: 2000) { rows { code open { amount } balance { amount } } } }',
  'profit and loss, a month': `{ profitAndLoss(from: "2026-06-01", to: "2026-06-30") { netProfit { ${FIGURES} } rows { code ${FIGURES} } } }`,
  'profit and loss, a year': `{ profitAndLoss(from: "2025-10-01", to: "2026-09-30") { netProfit { ${FIGURES} } rows { code ${FIGURES} } } }`,
  'balance sheet': '{ balanceSheet(on: "2026-06-30") { rows { code amount { amount } } } }',
  'balance sheet in dinars':
    '{ balanceSheet(on: "2026-06-30", translateTo: "IQD") { rows { code amount { amount } } } }',
  'sales of a day by customer':
    '{ sales(from: "2026-06-15", to: "2026-06-15", by: CUSTOMER) { rows { code net { amount } } } }',
  ...Object.fromEntries(
    ['DAY', 'MONTH', 'SALESPERSON', 'CUSTOMER', 'PRODUCT', 'CATEGORY'].map((by) => [
      `sales of a year by ${by.toLowerCase()}`,
      `{ sales(from: "2025-10-01", to: "2026-09-30", by: ${by}) { rows { day name quantity net { amount } margin { amount } } } }`,
    ]),
  ),
});

/** A database that holds a generated company, to measure again without making one. */
const KNOWN = process.env['BENCH_STATEMENTS_DATABASE'];

/** What statements take, one after the other and eight at once, and how long the files of a year are read. */
export async function benchStatements(seconds: number): Promise<void> {
  const settings = { RATE_LIMIT_PERCENT: '1000000', ...(KNOWN !== undefined && { DATABASE_URL: KNOWN }) };
  const cluster = await startCluster({ workers: 0, items: 1, settings });
  const url = KNOWN ?? cluster.databaseUrl;
  const sql = async <Row>(text: string): Promise<Row[]> =>
    sqlClient(url, async (client) => (await client.query(text)).rows as Row[]);
  try {
    if (KNOWN === undefined) {
      await promisify(execFile)(process.execPath, ['dist/src/main.js', 'generate', '--scale', String(SCALE)], {
        env: { PATH: process.env['PATH'], DATABASE_URL: url },
      });
      await sql('vacuum analyze');
    }
    const [customer] = await sql<{ id: string }>(
      'select party_id as id from journal_lines where account = 1210 group by 1 order by count(*) desc limit 1',
    );
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await signIn(cluster.apiUrl)}` };
    const rows: (string | number)[][] = [];
    for (const [name, query] of Object.entries(queriesOf(customer?.id ?? ''))) {
      const load = {
        method: 'POST',
        url: `${cluster.apiUrl}/graphql`,
        headers,
        body: JSON.stringify({ query }),
      } as const;
      await runLoad(load, cluster.pid('api0'), 1, 1);
      const one = await runLoad(load, cluster.pid('api0'), 1, seconds);
      const many = await runLoad(load, cluster.pid('api0'), 8, seconds);
      rows.push([name, one.p50, one.p95, many.p50, many.p95, one.failed + many.failed]);
    }
    table(
      `Statements at scale ${SCALE}: ms, alone and eight at once`,
      ['query', 'p50', 'p95', 'p50 of 8', 'p95 of 8', 'failed'],
      rows,
    );
    const files: (string | number)[][] = [];
    for (const file of [
      'generalLedger.csv?from=2025-10-01&to=2026-09-30',
      'sales.jsonl?from=2025-10-01&to=2026-09-30&by=DAY',
      'receivablesAgeing.csv?on=2026-03-31',
    ]) {
      const begun = performance.now();
      const response = await fetch(`${cluster.apiUrl}/files/reports/${file}`, { headers });
      const text = await response.text();
      files.push([file, text.split('\n').length - 1, text.length / 1e6, (performance.now() - begun) / 1000]);
    }
    table(`Files at scale ${SCALE}`, ['file', 'lines', 'MB', 'seconds'], files);
  } finally {
    await cluster.stop();
  }
}
