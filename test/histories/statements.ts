import type { Company } from './company.js';
import { CURRENCIES } from './company.js';

const AGEING = `rows { recordId currency balance { amount } open { amount } onAccount { amount } current { amount } days1to30 { amount } }`;
/** The statements of a day, and of the month that ends with it. */
const STATEMENTS: Readonly<Record<string, string>> = {
  trialBalance: `trialBalance(on: $on) { debit { amount } credit { amount } rows { account { number: code } balance { amount } } }`,
  balanceSheet: `balanceSheet(on: $on) { assets { amount } liabilities { amount } equity { amount } rows { line section amount { amount } } }`,
  profitAndLoss: `profitAndLoss(from: $from, to: $on) { netProfit { amount { amount } } rows { code amount { amount } } }`,
  sales: `sales(by: DAY, from: $from, to: $on, first: 100) { rows { day currency sales { amount } returns { amount } discounts { amount } net { amount } cost { amount } } }`,
  receivables: `receivablesAgeing(on: $on, first: 2000) { ${AGEING} }`,
  payables: `vendorAgeing(on: $on, first: 2000) { ${AGEING} }`,
  stock: `stockValuation(day: $on) { quantity value { amount } }`,
  cash: `cashBalances(on: $on) { boxId balance { amount currency } }`,
};

const firstOf = (day: string): string => `${day.slice(0, 7)}-01`;

/** What every statement says of a day. */
export async function statementsOf(company: Company, on: string): Promise<Record<string, any>> {
  const answers = await Promise.all(
    Object.values(STATEMENTS).map((text) => {
      const variables = text.includes('$from') ? { on, from: firstOf(on) } : { on };
      return company.ask(`query($on: Date${'from' in variables ? ', $from: Date' : ''}) { ${text} }`, variables);
    }),
  );
  const { cashBalances, ...said } = Object.assign({}, ...answers) as Record<string, any>;
  // A box that held nothing of a currency yet is named with 0 as soon as it holds some.
  return { ...said, cashBalances: cashBalances.filter(({ balance }: any) => Number(balance.amount) !== 0) };
}

const sum = (amounts: readonly any[]): number =>
  Math.round(amounts.reduce((total, { amount }) => total + Number(amount), 0) * 100) / 100;

/** What statements of a day say of the same thing and do not agree on. */
export async function contradictions(company: Company, on: string): Promise<string[]> {
  const { trialBalance, receivablesAgeing, vendorAgeing, stockValuation, cashBalances } = await statementsOf(
    company,
    on,
  );
  const faults: string[] = [];
  const same = (what: string, one: number, other: number): void => {
    if (Math.abs(one - other) > 0.004) faults.push(`${on}: ${what}: ${one} and ${other}`);
  };
  const standsAt = (rows: any[], from: number, to = from): number =>
    sum(rows.filter(({ account }) => account.number >= from && account.number <= to).map(({ balance }) => balance));
  same('debit and credit', sum([trialBalance.debit]), sum([trialBalance.credit]));
  same('stock', standsAt(trialBalance.rows, 1310), sum(stockValuation.map(({ value }: any) => value)));
  for (const currency of CURRENCIES) {
    const { trialBalance: own } = await company.ask(
      `query($on: Date, $currency: String) { trialBalance(on: $on, currency: $currency) { debit { amount } credit { amount } rows { account { number: code } balance { amount } } } }`,
      { on, currency },
    );
    const of = (rows: any[]): any[] => rows.filter((row) => row.currency === currency).map(({ balance }) => balance);
    const held = cashBalances.map(({ balance }: any) => balance).filter((one: any) => one.currency === currency);
    same(`debit and credit in ${currency}`, sum([own.debit]), sum([own.credit]));
    same(`receivables in ${currency}`, standsAt(own.rows, 1210), sum(of(receivablesAgeing.rows)));
    same(`payables in ${currency}`, -standsAt(own.rows, 2110), sum(of(vendorAgeing.rows)));
    same(`cash in ${currency}`, standsAt(own.rows, 1110, 1150), sum(held));
  }
  return faults;
}
