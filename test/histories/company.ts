import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { addDays, setClock } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { statementsOf } from './statements.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

const FIRST_DAY = '2027-01-02';
/** The tokens are of a day after all of the histories, so that nobody has to sign in anew. */
const SIGN_IN_DAY = '2090-01-01';
export const CURRENCIES = ['USD', 'IQD', 'RMB'] as const;

/** One call of a mutation, as somebody. */
export interface Call {
  mutation: string;
  args: Record<string, unknown>;
  by?: TestClient;
}

/** What a mutation answered: the code of a refusal, or null. */
export interface Outcome {
  code: string | null;
  message: string;
}

/** People and things that a few histories share, so that they get into each other's way. */
export interface Cast {
  customers: string[];
  vendors: string[];
  products: string[];
  cashier: TestClient;
  salesperson: TestClient;
}

const mutations = new Map<string, string>();

/** The text of a mutation with all of its arguments, made from the schema. */
function documentOf(name: string): string {
  if (mutations.size === 0) {
    const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
    const fields = (schema.getMutationType() as GraphQLObjectType).getFields();
    for (const { name: mutation, args } of Object.values(fields)) {
      const declared = args.map((arg) => `$${arg.name}: ${arg.type.toString()}`).join(', ');
      const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
      mutations.set(
        mutation,
        `mutation(${declared}) { ${mutation}(${passed}) { __typename ... on UserError { code field message } } }`,
      );
    }
  }
  const document = mutations.get(name);
  if (document === undefined) throw new Error(`There is no mutation ${name}.`);
  return document;
}

/** A company of two warehouses, with people, boxes and capital, and the day that it is there. */
export class Company {
  day = FIRST_DAY;
  owner!: TestClient;
  accountant!: TestClient;
  private cashiers: TestClient[] = [];
  private salespeople: TestClient[] = [];
  warehouses: string[] = [];
  boxes: Record<string, string> = {};
  taxId = '';
  /** Days up to which the books were closed, in that order. */
  readonly closed: string[] = [];
  /** What the statements of closed days said when they were closed. */
  readonly kept = new Map<string, Record<string, unknown>>();
  private restoreClock: () => void = () => undefined;
  private casts = 0;

  private constructor(readonly t: TestApp) {}

  static async start(): Promise<Company> {
    const restore = setClock(() => Date.parse(`${SIGN_IN_DAY}T09:00:00Z`));
    const company = new Company(
      await startTestApp({ settings: { SYNC_PHASE: 'full', RATE_LIMIT_PERCENT: '1000000' } }),
    );
    company.restoreClock = restore;
    await company.furnish();
    return company;
  }

  async stop(): Promise<void> {
    this.restoreClock();
    await this.t.stop();
  }

  sql<Row = any>(text: string, params?: unknown[]): Promise<Row[]> {
    return this.t.db.sql<Row>(text, params);
  }

  /** Goes to a day; business goes on at its noon. */
  go(day: string): void {
    this.restoreClock();
    this.restoreClock = setClock(() => Date.parse(`${day}T09:00:00Z`));
    this.day = day;
  }

  /** Keeps what is said of the day up to which the books are closed. */
  async keepStatements(): Promise<void> {
    const day = this.closed.reduce((last, one) => (one > last ? one : last));
    // Of a year that closes every few days some are enough.
    if (!this.kept.has(day) && (this.kept.size < 8 || this.closed.length % 16 === 0))
      this.kept.set(day, await statementsOf(this, day));
  }

  async ask<Data = any>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const answer = await this.owner.query<any>(query, variables);
    if (answer.errors) throw new Error(`${query}: ${JSON.stringify(answer.errors)}`);
    return answer.data as Data;
  }

  async call({ mutation, args, by = this.owner }: Call): Promise<Outcome> {
    const document = documentOf(mutation);
    const key = document.includes('$idempotencyKey') ? { idempotencyKey: newId() } : {};
    const answer = await by.query<any>(document, { ...key, ...args });
    const [error] = answer.errors ?? [];
    if (error) return { code: String(error.extensions['code']), message: JSON.stringify(answer.errors) };
    const { code = null, message = '', field } = answer.data[mutation] ?? {};
    return { code, message: code === null ? '' : `${field ?? ''}: ${message}` };
  }

  /** A call that must succeed. */
  async do(mutation: string, args: Record<string, unknown>, by?: TestClient): Promise<void> {
    const { code, message } = await this.call({ mutation, args, ...(by && { by }) });
    if (code !== null) throw new Error(`${mutation} ${JSON.stringify(args)}: ${code} ${message}`);
  }

  private async furnish(): Promise<void> {
    const people = async (role: 'CASHIER' | 'SALESPERSON'): Promise<TestClient[]> => [
      await this.t.as(role),
      await this.t.as(role),
    ];
    this.owner = await this.t.as('OWNER');
    this.accountant = await this.t.as('ACCOUNTANT');
    this.cashiers = await people('CASHIER');
    this.salespeople = await people('SALESPERSON');
    this.go(FIRST_DAY);
    for (const [currency, rate] of [
      ['USD', '1310'],
      ['RMB', '183.4'],
    ])
      await this.do('recordExchangeRate', { currency, rate, effectiveOn: addDays(FIRST_DAY, -60) });
    const [{ branch_id: branchId }] = (await this.sql('select branch_id from warehouses')) as [any];
    await this.do('createWarehouse', { input: { code: 'SHOP', name: 'Shop', nameAr: 'محل', branchId } });
    this.warehouses = (await this.sql('select id from warehouses order by code')).map(({ id }) => id);
    await this.do('createTax', { input: { code: 'T10', name: 'Tax', nameAr: 'ضريبة', ratePercent: '10' } });
    this.taxId = (await this.sql('select id from taxes'))[0].id;
    await this.do('createCashBox', {
      input: { kind: 'CHANNEL', name: 'Channel', nameAr: 'تحويل', mayOverdraw: false },
    });
    const salespeople = await this.sql(`select id from users where role = 'SALESPERSON' order by id`);
    for (const [index, { id }] of salespeople.entries()) {
      const input = { kind: 'SALESPERSON', name: `Box ${index}`, nameAr: `عهدة ${index}`, keeperId: id };
      await this.do('createCashBox', { input });
      const plan = { salespersonId: id, fromMonth: '2027-01-01', ratePercent: '2.5' };
      const goal = index === 0 ? { basis: 'SALES', target: '100', bonus: '5' } : { basis: 'COLLECTED' };
      await this.do('setCommissionPlan', { input: { ...plan, ...goal } });
    }
    for (const cashier of this.cashiers) {
      const counts = [
        { currency: 'IQD', amount: '1000000' },
        { currency: 'USD', amount: '500' },
      ];
      await this.do('openTill', { counts, warehouseId: this.warehouses[1] }, cashier);
    }
    for (const { id, name } of await this.sql('select id, name from cash_boxes')) this.boxes[name] = id;
    const capital = (currency: string, amount: string) => [
      { account: 1130, partyId: this.boxes['Safe HQ'], currency, debit: amount },
      { account: 3100, currency, credit: amount },
    ];
    const lines = [...capital('USD', '20000'), ...capital('IQD', '20000000')];
    await this.do('postJournalEntry', { input: { reason: 'Capital', lines } });
  }

  /** Customers of both currencies, vendors of three and goods, some of them scarce. */
  async cast(): Promise<Cast> {
    this.casts += 1;
    const number = this.casts;
    const lists = await this.sql('select id, code from price_lists');
    const list = (code: string): string => lists.find((one) => one.code === code).id;
    const [{ id: salespersonId }] = await this.sql(
      `select id from users where role = 'SALESPERSON' order by id offset $1 limit 1`,
      [number % 2],
    );
    const rows = ['USD', 'USD', 'USD', 'IQD', 'IQD'].map((currency, index) => ({
      code: `C${number}-${index}`,
      name: `Customer ${number}-${index}`,
      currency,
      salespersonId,
      priceListId: list(currency === 'USD' ? 'wholesale_a' : 'consumer_iqd'),
      creditLimit: currency === 'USD' ? '100000' : '100000000',
    }));
    const errorPolicy = 'REJECT_EVERYTHING';
    await this.do('upsertCustomers', { rows, errorPolicy });
    for (const currency of CURRENCIES)
      await this.do('createVendor', { input: { code: `V${number}-${currency}`, name: `Vendor ${number}`, currency } });
    const goods = [0, 1, 2, 3].map((index) => ({ sku: `P${number}-${index}`, name: `Goods ${number}-${index}` }));
    await this.do('upsertProducts', { rows: goods, errorPolicy });
    const ids = async (table: string, column: string): Promise<string[]> =>
      (
        await this.sql(`select id from ${table} where ${column} ^@ $1 order by ${column}`, [
          `${table[0]?.toUpperCase()}${number}-`,
        ])
      ).map(({ id }) => id);
    const products = await ids('products', 'sku');
    const priced = (currency: string, amounts: readonly string[]) =>
      products.map((productId, index) => ({ productId, currency, amount: amounts[index] }));
    await this.do('setPrices', {
      priceListId: list('wholesale_a'),
      prices: priced('USD', ['35', '9.99', '0.35', '120']),
    });
    await this.do('setPrices', {
      priceListId: list('consumer_iqd'),
      prices: priced('IQD', ['47310', '13250', '500', '160000']),
    });
    // The last one is bought before it is sold.
    for (const [index, productId] of products.slice(0, 3).entries())
      for (const warehouseId of this.warehouses) {
        const input = { productId, warehouseId, expectedQuantity: '0', opening: true, reason: 'Opening stock' };
        await this.do('adjustStock', {
          input: { ...input, quantity: ['30', '90', '333'][index], unitCost: ['20', '5.55', '0.123'][index] },
        });
      }
    return {
      customers: await ids('customers', 'code'),
      vendors: await ids('vendors', 'code'),
      products,
      cashier: this.cashiers[number % 2] as TestClient,
      salesperson: this.salespeople[number % 2] as TestClient,
    };
  }
}
