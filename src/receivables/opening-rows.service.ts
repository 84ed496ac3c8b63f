import { CashBox } from '../cash/cash-box.entity.js';
import { Customer } from '../customers/customer.entity.js';
import type { DocumentContext } from '../documents/document-context.service.js';
import { isBusinessDate } from '../kernel/clock.js';
import { assertCurrency, assertPositiveAmount, assertText, knownCurrency } from '../kernel/document-values.js';
import { badInput, notFound } from '../kernel/errors.js';
import { assertAll, checkAll, mapAll } from '../kernel/faults.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { User } from '../identity/user.entity.js';
import { Account } from '../ledger/account.entity.js';
import { assertDay } from '../ledger/books.service.js';
import type { Tx } from '../platform/db/transact.js';
import { Vendor } from '../vendors/vendor.entity.js';

export interface OpeningRow {
  customerId?: string | null | undefined;
  vendorId?: string | null | undefined;
  account?: number | null | undefined;
  partyId?: string | null | undefined;
  currency: string;
  amount: string;
  reference?: string | null | undefined;
  dueOn?: string | null | undefined;
}

export interface OpeningBalances {
  day: string;
  notes?: string | null | undefined;
  rows: readonly OpeningRow[];
}

const MAX_ROWS = 200;

/** What the rows name, as far as it exists. */
async function namedBy(tx: Tx, rows: readonly OpeningRow[]) {
  const ids = (of: (row: OpeningRow) => string | null | undefined): string[] =>
    rows.flatMap((row) => of(row) ?? []).filter(isId);
  const customers = await tx.em.find(Customer, { id: { $in: ids((row) => row.customerId) }, mergedIntoId: null });
  const vendors = await tx.em.find(Vendor, { id: { $in: ids((row) => row.vendorId) } });
  const accounts = await tx.em.find(Account, { code: { $in: rows.flatMap((row) => row.account ?? []) } });
  const parties = ids((row) => row.partyId);
  const boxes = await tx.em.find(CashBox, { id: { $in: parties } });
  const users = await tx.em.find(User, { id: { $in: parties } });
  return {
    customers: new Set(customers.map(({ id }) => id)),
    vendors: new Set(vendors.map(({ id }) => id)),
    accounts: new Map(accounts.map((account) => [account.code, account])),
    boxes: new Map(boxes.map((box) => [box.id, box])),
    users: new Set(users.map(({ id }) => id)),
  };
}

type Named = Awaited<ReturnType<typeof namedBy>>;

/** Throws BAD_INPUT, NOT_FOUND for an account that cannot be opened by hand, or whose box or person is missing. */
function assertAccount(row: OpeningRow, named: Named, at: (name: string) => string): void {
  const code = row.account as number;
  const account = named.accounts.get(code);
  if (!account?.active) throw badInput(at('account'), msg`There is no account ${code}.`);
  if (account.control) throw badInput(at('account'), msg`Account ${code} is opened by its documents.`);
  const { party } = account;
  if (party === null || party === undefined) {
    if (row.partyId != null) throw badInput(at('partyId'), msg`Account ${code} names nobody.`);
    return;
  }
  const partyId = row.partyId ?? '';
  if (party === 'box' && named.boxes.get(partyId)?.account !== code) throw notFound('Cash box', partyId, at('partyId'));
  if (party === 'user' && !named.users.has(partyId)) throw notFound('User', partyId, at('partyId'));
}

function assertRow(row: OpeningRow, index: number, named: Named): void {
  const at = (name: string): string => `rows.${index}.${name}`;
  const { customerId, vendorId, account, currency, amount, reference, dueOn } = row;
  assertAll(
    () => {
      if ([customerId, vendorId, account].filter((one) => one != null).length !== 1)
        throw badInput(at('customerId'), msg`Name a customer, a vendor or an account, one of them.`);
    },
    () => {
      if (customerId != null && !named.customers.has(customerId))
        throw notFound('Customer', customerId, at('customerId'));
      if (vendorId != null && !named.vendors.has(vendorId)) throw notFound('Vendor', vendorId, at('vendorId'));
      if (account != null) assertAccount(row, named, at);
    },
    () => assertCurrency(currency, at('currency')),
    () => assertPositiveAmount(amount.replace(/^-/, ''), knownCurrency(currency), at('amount')),
    () => assertText(reference, at('reference')),
    () => {
      if (dueOn != null && !isBusinessDate(dueOn)) throw badInput(at('dueOn'), msg`Not a valid date.`);
    },
  );
}

/** What a batch would open, by currency; above 0 is debit. */
export interface OpeningTotals {
  currency: string;
  customers: string;
  vendors: string;
  accounts: string;
}

/** Checks every row of a batch, and answers what it comes to. Throws BAD_INPUT, NOT_FOUND, PERIOD_CLOSED with all faults. */
export async function checkOpening(
  tx: Tx,
  documentContext: DocumentContext,
  { day, notes, rows }: OpeningBalances,
): Promise<OpeningTotals[]> {
  const named = await namedBy(tx, rows);
  await checkAll(
    () => assertDay(tx, documentContext, day, 'day'),
    () => assertText(notes, 'notes'),
    () => {
      if (rows.length === 0 || rows.length > MAX_ROWS) throw badInput('rows', msg`Give 1 to ${MAX_ROWS} rows.`);
    },
    () => mapAll(rows, (row, index) => assertRow(row, index, named)),
  );
  const sum = (currency: string, of: (row: OpeningRow) => boolean): string =>
    rows
      .filter((row) => row.currency === currency && of(row))
      .reduce((total, row) => total.plus(row.amount), new Decimal(0))
      .toFixed();
  return [...new Set(rows.map((row) => row.currency))].sort().map((currency) => ({
    currency,
    customers: sum(currency, (row) => row.customerId != null),
    vendors: new Decimal(sum(currency, (row) => row.vendorId != null)).negated().toFixed(),
    accounts: sum(currency, (row) => row.account != null),
  }));
}
