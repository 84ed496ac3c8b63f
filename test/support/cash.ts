import { newId } from '../../src/kernel/ids.js';
import type { TestApp, TestClient } from './app.js';

const BOX = `id version kind name nameAr keeperId branchId isDefault mayOverdraw active balances { currency balance { amount } }`;
const FAILURE = `... on UserError { code message field faults { code field } }`;
const SHORT = `... on InsufficientCashError { available requested currency boxId boxName }`;

/** Keeps cash over the API, as a person would. */
export class Cashier {
  constructor(
    readonly t: TestApp,
    readonly client: TestClient,
  ) {}

  /** The object that a mutation answers, or the failure. */
  async run(mutation: string, types: Record<string, string>, args: object, shown: string): Promise<any> {
    const names = Object.keys(types);
    const answer = await this.client.query<any>(
      `mutation(${names.map((name) => `$${name}: ${types[name]}`).join(', ')}) {
         ${mutation}(${names.map((name) => `${name}: $${name}`).join(', ')}) { __typename ${shown} ${FAILURE} } }`,
      { ...args },
    );
    if (answer.errors) return { code: answer.errors[0]?.extensions['code'], message: answer.errors[0]?.message };
    return answer.data[mutation];
  }

  private async ask(query: string, variables: Record<string, unknown> = {}): Promise<any> {
    const answer = await this.client.query<any>(query, variables);
    if (answer.errors) throw new Error(answer.errors[0]?.message);
    return answer.data;
  }

  async boxes(): Promise<any[]> {
    return (await this.ask(`{ cashBoxes(first: 100) { nodes { ${BOX} } } }`)).cashBoxes.nodes;
  }

  async boxNamed(name: string): Promise<any> {
    const { nodes } = (
      await this.ask(`query($name: String!) { cashBoxes(filter: { name: { eq: $name } }) { nodes { ${BOX} } } }`, {
        name,
      })
    ).cashBoxes;
    return nodes[0];
  }

  async holds(name: string, currency: string): Promise<string> {
    const { balances } = await this.boxNamed(name);
    return balances.find((one: any) => one.currency === currency)?.balance.amount ?? '0';
  }

  async balancesOn(on: string): Promise<any[]> {
    return (await this.ask(`query($on: Date) { cashBalances(on: $on) { boxId balance { amount currency } } }`, { on }))
      .cashBalances;
  }

  async book(boxId: string, currency: string): Promise<any[]> {
    const query = `query($boxId: ID!, $currency: String!) { cashBook(boxId: $boxId, currency: $currency, first: 100) {
      nodes { day event documentId amount { amount } balance { amount } } } }`;
    return (await this.ask(query, { boxId, currency })).cashBook.nodes;
  }

  make(input: object): Promise<any> {
    return this.run('createCashBox', { input: 'CreateCashBoxInput!' }, { input }, `... on CashBox { ${BOX} }`);
  }

  change({ id, version, ...patch }: any): Promise<any> {
    const { name, keeperId, isDefault, mayOverdraw, active } = patch;
    const input = { id, version, name, keeperId, isDefault, mayOverdraw, active };
    return this.run('updateCashBox', { input: 'UpdateCashBoxInput!' }, { input }, `... on CashBox { ${BOX} }`);
  }

  refund(input: object): Promise<any> {
    return this.run(
      'recordRefund',
      { input: 'RecordRefundInput!', idempotencyKey: 'ID!' },
      { input, idempotencyKey: newId() },
      `... on RefundRecorded { refundId replayed } ${SHORT}`,
    );
  }

  async rate(currency: string, rate: string, on: string): Promise<void> {
    await this.t.db.sql(
      `insert into exchange_rates (id, currency, rate, effective_on, created_at) values ($1, $2, $3, $4, now())`,
      [newId(), currency, rate, on],
    );
  }

  async customer(currency: string): Promise<string> {
    const [list] = await this.t.db.sql<any>(`select id from price_lists where code = 'retailer'`);
    const { id } = await this.run(
      'createCustomer',
      { input: 'CreateCustomerInput!' },
      { input: { name: `Buyer ${newId()}`, currency, priceListId: list.id } },
      '... on Customer { id }',
    );
    return id;
  }
}
