import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, type GraphQLObjectType } from 'graphql';
import { newId } from '../../src/kernel/ids.js';
import { postLines } from '../../src/ledger/journal.service.js';
import { modules } from '../../src/modules.js';
import { permissionTable } from '../../src/platform/graphql/access.js';
import { buildAppSchema } from '../../src/platform/graphql/schema.js';
import { REPORT_FILES } from '../../src/reporting/report-files.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const LINES = 24_000;
const DAY = '2026-05-10';

describe('the files of reports', () => {
  let t: TestApp;
  let accountant: TestClient;
  const customer = newId();

  beforeAll(async () => {
    t = await startTestApp();
    accountant = await t.as('ACCOUNTANT');
    await t.db.sql(
      `insert into exchange_rates (id, currency, rate, effective_on, created_at) values (gen_random_uuid(), 'USD', 1310, '2026-05-01', now())`,
    );
    await t.db.sql(
      `insert into customers (id, code, name, name_ar, search_text, created_at, updated_at)
       values ($1, 'C1', '=cmd()', 'شركة، الأحمد', 'x', now(), now())`,
      [customer],
    );
    for (let entry = 0; entry < 3; entry += 1) {
      await t.app.services.transact({ origin: 'user', actor: 'user:test' }, (tx) =>
        postLines(tx, {
          day: DAY,
          event: 'TEST',
          documentType: 'test',
          documentId: newId(),
          lines: Array.from({ length: LINES / 3 }, (_, line) => ({
            account: line % 2 === 0 ? 1210 : 4100,
            partyId: line % 2 === 0 ? customer : null,
            currency: 'USD',
            amount: line % 2 === 0 ? '1.50' : '-1.50',
          })),
        }),
      );
    }
  }, 120_000);
  afterAll(() => t.stop());

  const get = (file: string, client: TestClient | null = accountant, headers: object = {}, signal?: AbortSignal) =>
    fetch(`${t.url}/files/reports/${file}`, {
      headers: { ...(client ? { authorization: `Bearer ${client.token}` } : {}), ...headers },
      ...(signal ? { signal } : {}),
    });
  const streaming = async (): Promise<number> =>
    (
      await t.db.sql<any>(
        `select count(*)::int as n from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()
           and (query like '%declare report%' or query like '%from report') and state <> 'idle'`,
      )
    )[0].n;

  test('a file has every line, in order, far beyond the rows of an answer', async () => {
    const response = await get(`generalLedger.jsonl?from=${DAY}&to=${DAY}`);
    expect(response.headers.get('content-type')).toMatch('application/jsonl');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="generalLedger.jsonl"');
    const lines = (await response.text()).trim().split('\n');
    expect(lines).toHaveLength(LINES);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      day: DAY,
      account: 1210,
      amount: '1.5',
      currency: 'USD',
      partyId: customer,
    });
    const statement = (
      await (await get(`accountStatement.jsonl?account=1210&currency=USD&from=${DAY}&to=${DAY}`)).text()
    )
      .trim()
      .split('\n');
    expect(statement).toHaveLength(LINES / 2);
    expect(JSON.parse(statement.at(-1) as string)).toMatchObject({ balance: String((LINES / 2) * 1.5) });
  });

  test('the heads of a CSV are in the language of the reader, or the one that is asked for', async () => {
    const head = async (words: string, headers: object): Promise<string> =>
      new TextDecoder('utf-8', { ignoreBOM: true })
        .decode(await (await get(`trialBalance.csv?on=${DAY}${words}`, accountant, headers)).arrayBuffer())
        .split('\r\n')[0] as string;
    const english = '\uFEFFAccount,Name,Name in Arabic,Kind,Debit,Credit,Currency';
    const arabic = '\uFEFFالحساب,الاسم,الاسم بالعربية,النوع,مدين,دائن,العملة';
    expect(await head('', { 'accept-language': 'en' })).toBe(english);
    expect(await head('', { 'accept-language': 'ar-IQ,ar;q=0.9' })).toBe(arabic);
    expect(await head('&language=ar', { 'accept-language': 'en' })).toBe(arabic);
    const response = await get(`trialBalance.csv?on=${DAY}`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  });

  test('names cannot be formulas', async () => {
    const text = await (await get(`receivablesAgeing.csv?on=${DAY}&language=en`)).text();
    expect(text.split('\r\n')[1]).toContain(`C1,'=cmd(),شركة، الأحمد,USD,0,0,0,0,0,0,0,-${(LINES / 2) * 1.5}`);
  });

  test('each file has the permission of its field, and columns of its rows', () => {
    const table = permissionTable(modules);
    const query = buildAppSchema(modules).getQueryType() as GraphQLObjectType;
    for (const [root, report] of REPORT_FILES) {
      expect([root, table[`Query.${root}`]]).toEqual([root, { permission: report.permission }]);
      const field = query.getFields()[root];
      expect([root, field !== undefined]).toEqual([root, true]);
      const type = getNamedType(field!.type) as GraphQLObjectType;
      const inside = type.getFields()['rows'] ?? type.getFields()['nodes'];
      const row = (inside ? getNamedType(inside.type) : type) as GraphQLObjectType;
      // An amount says its currency; accounts and months are objects and lists of the field.
      const beside = new Set(['currency', 'baseCurrency', 'code', 'name', 'nameAr', 'kind', 'from', 'to']);
      const names = report.columns.map(({ name }) => name).filter((name) => !beside.has(name));
      expect([root, names.filter((name) => !row.getFields()[name])]).toEqual([root, []]);
      for (const { name, permission } of report.columns) {
        expect(permission).toBe((table[`${row.name}.${name}`] as any)?.permission);
      }
    }
  });

  test('who may not ask the field gets no file, and a column that is hidden is not in it', async () => {
    expect((await get('generalLedger.csv', null)).status).toBe(401);
    const viewer = await t.as('VIEWER');
    expect((await get('generalLedger.csv', viewer)).status).toBe(403);
    const seller = await t.as('SALESPERSON');
    expect((await get('inventoryValue.csv', seller)).status).toBe(403);
    expect(await (await get(`receivablesAgeing.jsonl?on=${DAY}`, seller)).text()).toBe('');
    const heads = async (client: TestClient): Promise<string> =>
      (await (await get('sales.csv?language=en', client)).text()).trim();
    expect(await heads(accountant)).toMatch(/,Cost,Margin$/);
    expect(await heads(seller)).not.toMatch(/Cost|Margin/);
  });

  test.each([
    ['nothing.csv', 404, 'NOT_FOUND', undefined],
    ['sales.xlsx', 404, 'NOT_FOUND', undefined],
    ['sales.csv?from=2026-02-30', 400, 'BAD_INPUT', 'from'],
    ['sales.csv?from=2026-02-02&to=2026-02-01', 400, 'BAD_INPUT', 'from'],
    ['sales.csv?by=WEEK', 400, 'BAD_INPUT', 'by'],
    ['sales.csv?customerId=1', 400, 'BAD_INPUT', 'partyId'],
    ['sales.csv?warehouseId=1', 400, 'BAD_INPUT', 'warehouseId'],
    ['sales.csv?by=DAY&by=MONTH', 400, 'BAD_INPUT', 'by'],
    ['receivablesAgeing.csv?from=2026-01-01', 400, 'BAD_INPUT', 'from'],
    ['balanceSheet.csv?translateTo=EUR', 400, 'BAD_INPUT', 'translateTo'],
    ['accountStatement.csv?account=1210', 400, 'BAD_INPUT', 'currency'],
    ['generalLedger.csv?accounts=1210,x', 400, 'BAD_INPUT', 'accounts'],
  ])('%s is answered %d', async (file, status, code, field) => {
    const response = await get(file);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(field === undefined ? { code } : { code, field });
  });

  test('when the client goes in the middle, the statement ends and the connection is free again', async () => {
    for (let time = 0; time < 3; time += 1) {
      const leaving = new AbortController();
      const response = await get(`generalLedger.jsonl?from=2020-01-01&to=${DAY}`, accountant, {}, leaving.signal);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      leaving.abort();
      await reader.read().catch(() => undefined);
    }
    while ((await streaming()) > 0) await new Promise((resolve) => setImmediate(resolve));
    // Nobody holds the turn either.
    expect((await get(`trialBalance.csv?on=${DAY}`)).status).toBe(200);
  });
});
