import { Decimal } from '../kernel/money.js';
import { valuerOf } from '../ledger/books.service.js';
import { ACCOUNTS, type EntryLine, postLines } from '../ledger/journal.service.js';
import type { Tx } from '../platform/db/transact.js';
import { lockGoods, type Movement, postMovements } from '../stock/stock.service.js';
import { type Cost, costOf, type CostLine, partOfCost, spread, sumOf, type Valued } from './bill-costs.js';
import type { Bill, BillLine } from './bill.entity.js';
import { GoodsReceiptLine } from './goods-receipt.entity.js';

/** Goods that stand in stock: what a bill says of them is received, or still to come. */
export const isGoods = (line: BillLine): line is BillLine & { productId: string } => line.stocked && !!line.productId;

/** What the amounts of a bill are worth in the base currency. */
export async function valuedBy(tx: Tx, bill: Pick<Bill, 'currency' | 'exchangeRate' | 'billedOn'>): Promise<Valued> {
  const { exchangeRate, billedOn: day } = bill;
  const currency = bill.currency as Valued['currency'];
  return { currency, ...(await valuerOf(tx, { currency, exchangeRate, day })) };
}

/** A cost of goods that came in before it was known. */
interface LateCost {
  productId: string;
  pieces: Decimal.Value;
  value: Decimal;
}

const NOTHING: CostLine = { quantity: '1', lineTotal: '0', landedCost: '0' };

/** What of a receipt a line of a bill clears: whatever the steps, the parts sum to what the receipt posted. */
export function clearedBy(line: BillLine, received: GoodsReceiptLine, valued: Valued): Cost {
  const part = { before: received.billed, quantity: line.quantity };
  const { quantity } = received;
  const of = (lineTotal: string): CostLine => ({ quantity, lineTotal, landedCost: '0' });
  const asItIs = (amount: Decimal): Decimal => amount;
  return {
    amount: partOfCost(of(received.amount), part, { currency: valued.currency, valueOf: asItIs }).amount,
    value: partOfCost(of(received.value), part, { currency: valued.base, valueOf: asItIs }).amount,
  };
}

/**
 * What a bill, or a change of its costs, says to the books: goods that are still to come stand against what is received and
 * not billed; goods that came in take what is new of their cost, as far as they are still here; services are an expense.
 */
export class BillChange {
  readonly late: LateCost[] = [];
  private readonly notReceived: Cost = { amount: new Decimal(0), value: new Decimal(0) };
  private expenses = new Decimal(0);

  constructor(
    private readonly bill: Bill,
    private readonly valued: Valued,
  ) {}

  /** Goods of a line that no receipt stands for, whatever came in of it by the bill itself. */
  goods(line: BillLine & { productId: string }, before: CostLine = NOTHING): void {
    const rest = { before: line.received, quantity: new Decimal(line.quantity).minus(line.received) };
    const [is, was] = [
      partOfCost(line, rest, this.valued),
      partOfCost({ ...before, quantity: line.quantity }, rest, this.valued),
    ];
    this.toCome({ amount: is.amount.minus(was.amount), value: is.value.minus(was.value) });
    const change = this.valued.valueOf(costOf(line)).minus(this.valued.valueOf(costOf(before)));
    this.known({ productId: line.productId, pieces: line.received, value: change.minus(is.value).plus(was.value) });
  }

  /** Goods of a line that bills a receipt: it clears what that posted, and another cost is known late. */
  received(line: BillLine & { productId: string }, cleared: Cost): void {
    this.toCome(cleared);
    const value = this.valued.valueOf(costOf(line)).minus(cleared.value);
    this.known({ productId: line.productId, pieces: line.quantity, value });
  }

  /** A cost of goods that a receipt brought in, by what they are worth. */
  landed(amount: { is: string; was: string }, receipt: readonly GoodsReceiptLine[]): void {
    const { valueOf, base } = this.valued;
    const change = valueOf(new Decimal(amount.is)).minus(valueOf(new Decimal(amount.was)));
    const weights = receipt.map(({ value }) => value);
    spread(change, weights, base).forEach((value, index) => {
      const { productId, quantity: pieces } = receipt[index] as GoodsReceiptLine;
      this.known({ productId, pieces, value });
    });
  }

  expense(amount: Decimal): void {
    this.expenses = this.expenses.plus(amount);
  }

  private toCome({ amount, value }: Cost): void {
    this.notReceived.amount = this.notReceived.amount.plus(amount);
    this.notReceived.value = this.notReceived.value.plus(value);
  }

  private known(cost: LateCost): void {
    if (!cost.value.isZero()) this.late.push(cost);
  }

  /**
   * Posts it as an event of a document, at the rates of the bill; `owed` is by how much the debt moves, in the base
   * currency by `owedBase` where it is not what the rate says, and `tax` what of it is tax.
   */
  async post(
    tx: Tx,
    document: { type: string; id: string; event: string; day: string; reason?: string },
    { owed, owedBase, tax }: { owed: Decimal; owedBase?: Decimal; tax: Decimal },
  ): Promise<void> {
    const { currency, exchangeRate, branchId, vendor, warehouse, number } = this.bill;
    const { amount, value } = this.notReceived;
    const { valueOf } = this.valued;
    const debt = (owedBase ?? valueOf(owed)).negated();
    const given: EntryLine[] = [
      { account: ACCOUNTS.receivedNotBilled, currency, amount, base: value },
      { account: ACCOUNTS.otherExpenses, currency, amount: this.expenses, base: valueOf(this.expenses) },
      { account: ACCOUNTS.taxDue, currency, amount: tax, base: valueOf(tax) },
      { account: ACCOUNTS.payables, partyId: vendor.id, currency, amount: owed.negated(), base: debt },
    ];
    const lines = given
      .filter((line) => !new Decimal(line.amount).isZero() || !new Decimal(line.base ?? 0).isZero())
      .map((line) => ({ ...line, branchId }));
    const { type, id, event, day, reason } = document;
    const rates = { [currency]: exchangeRate };
    const said = { day, rates, lines, ...(reason !== undefined && { reason }) };
    const movements = this.late.map(({ productId, pieces, value: cost }): Movement => ({
      ...{ type: 'COST', quantity: '0', value: cost, pieces, account: null },
      ...{ productId, warehouseId: warehouse.id, referenceType: 'bill', referenceId: this.bill.id, reason: number },
    }));
    if (movements.length > 0) {
      await postMovements(tx, await lockGoods(tx, movements), movements, { ...said, document: { type, id, event } });
    } else if (lines.length > 0) {
      await postLines(tx, { ...said, event, documentType: type, documentId: id });
    }
  }
}

/** Shares what the services of a bill cost its goods, where they are marked as such, over the goods by their value. */
export function shareLandedCosts(lines: readonly BillLine[], { currency }: Valued): void {
  const goods = lines.filter(isGoods);
  const landed = lines.filter((line) => line.landed && !line.landedReceiptId);
  if (goods.length === 0) return;
  const shares = spread(
    sumOf(landed.map(({ lineTotal }) => lineTotal)),
    goods.map(({ lineTotal }) => lineTotal),
    currency,
  );
  goods.forEach((line, index) => {
    line.landedCost = (shares[index] as Decimal).toFixed();
  });
}

/** The lines of the receipts that lines of a bill name, by their id. */
export async function receiptLines(tx: Tx, receiptIds: readonly string[]): Promise<Map<string, GoodsReceiptLine[]>> {
  const found = await tx.em.find(
    GoodsReceiptLine,
    { receipt: { $in: [...new Set(receiptIds)] } },
    { orderBy: { position: 'asc' } },
  );
  const byReceipt = new Map<string, GoodsReceiptLine[]>();
  for (const line of found) byReceipt.set(line.receipt.id, [...(byReceipt.get(line.receipt.id) ?? []), line]);
  return byReceipt;
}
