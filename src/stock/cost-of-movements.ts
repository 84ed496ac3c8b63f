import { type Currency, Decimal, QUANTITY_DECIMALS } from '../kernel/money.js';
import { newId } from '../kernel/ids.js';
import { ACCOUNTS, type EntryLine } from '../ledger/journal.service.js';
import { costLate, type Held, type Moved, moveIn, moveOut, unitCost, valueAtAverage } from './cost.js';
import type { MovementType } from './stock.entity.js';
import type { CostRow, LevelKey, LockedCost, LockedLevel, MovementRow } from './stock.queries.js';

/** One movement to book. Quantities are signed decimal text of at most 3 decimals. */
export interface Movement extends LevelKey {
  type: MovementType;
  quantity: string;
  reserved?: string;
  /** Of a RESERVATION: what of the free stock others wait for, and this one does not get. */
  promisedToOthers?: string;
  reason?: string | null;
  referenceType?: string | null;
  referenceId?: string | null;
  /** Which line of the command it belongs to, from 0; named when there is not enough. */
  line?: number;
  /** What the input calls its lines. */
  list?: string;
  /** What comes in is worth so much in the base currency; left out: what it was sold at, or the average. */
  value?: Decimal.Value;
  /** The document that let the goods go which come back. */
  soldBy?: { referenceType: string; referenceId: string };
  /** Of a COST: the pieces whose cost `value` belongs to. */
  pieces?: Decimal.Value;
  /** The account against which it is posted; left out: that of its type. Null: the lines of the document stand against it. */
  account?: number | null;
}

/** The levels and costs that movements change, locked. */
export interface LockedGoods {
  levels: readonly LockedLevel[];
  costs: readonly LockedCost[];
}

/** Against which account the value of a movement is posted. Transfers and promises move no value. */
const COUNTER: Partial<Record<MovementType, number>> = {
  RECEIPT: ACCOUNTS.receivedNotBilled,
  SALE: ACCOUNTS.costOfGoods,
  RETURN: ACCOUNTS.costOfGoods,
  VENDOR_RETURN: ACCOUNTS.costCorrections,
  COST: ACCOUNTS.receivedNotBilled,
  ADJUSTMENT: ACCOUNTS.stockDifferences,
};

/** What movements do to the value of products, one after the other, and the lines of the journal that say so. */
export class CostOfMovements {
  /** The movements that value what was only a report until now. */
  readonly openings: MovementRow[] = [];
  private readonly held = new Map<string, Held>();
  private readonly sums = new Map<string, { account: number; productId: string; branchId: string; sum: Decimal }>();
  private readonly branches: ReadonlyMap<string, string>;

  constructor(
    private readonly goods: LockedGoods,
    /** The base currency. */
    private readonly currency: Currency,
  ) {
    this.branches = new Map(goods.levels.map(({ warehouseId, branchId }) => [warehouseId, branchId]));
    for (const { productId, quantity, value, lastCost } of goods.costs) {
      this.held.set(productId, {
        quantity: new Decimal(quantity),
        value: new Decimal(value),
        lastCost: lastCost === null ? null : new Decimal(lastCost),
      });
    }
  }

  /** Values the stock that was only a report until now at the cost that was reported with it, against the opening. */
  open(rows: readonly MovementRow[], movements: readonly Movement[]): void {
    for (const { productId, opened, reported, reportedCost } of this.goods.costs) {
      if (opened) continue;
      const quantity = new Decimal(reported ?? 0);
      const lastCost = reportedCost === null ? null : new Decimal(reportedCost);
      const value = valueAtAverage(
        { quantity: new Decimal(0), value: new Decimal(0), lastCost },
        quantity,
        this.currency,
      );
      this.held.set(productId, { quantity, value, lastCost });
      const first = movements.findIndex((movement) => movement.productId === productId);
      const row = rows[first];
      if (value.isZero() || !row) continue;
      const before = (after: string, moved: string): string =>
        new Decimal(after).minus(moved).toFixed(QUANTITY_DECIMALS);
      this.openings.push({
        ...row,
        id: newId(),
        type: 'COST',
        quantity: '0',
        reserved: '0',
        onHandAfter: before(row.onHandAfter, row.quantity),
        reservedAfter: before(row.reservedAfter, row.reserved),
        unitCostUsd: this.inUsd(lastCost),
        referenceType: 'opening',
        referenceId: null,
        reason: null,
        value: value.toFixed(),
      });
      this.post(row, value, { account: ACCOUNTS.opening, correction: new Decimal(0) });
    }
  }

  /** Values a movement by its kind. */
  move(row: MovementRow, movement: Movement, sold: ReadonlyMap<string, Decimal>): void {
    const moved = this.moved(movement, sold);
    if (moved === null) return;
    this.held.set(movement.productId, moved.held);
    row.value = moved.change.toFixed();
    const quantity = new Decimal(row.quantity);
    row.unitCostUsd = quantity.isZero() ? null : this.inUsd(moved.change.dividedBy(quantity).abs());
    const account = movement.account === undefined ? (COUNTER[movement.type] ?? null) : movement.account;
    this.post(row, moved.change, { account, correction: moved.correction });
  }

  private moved(movement: Movement, sold: ReadonlyMap<string, Decimal>): Moved | null {
    const { type, productId, value, pieces, soldBy } = movement;
    const { currency } = this;
    const held = this.held.get(productId);
    if (!held) throw new Error('A movement was booked on a product whose cost is not locked.');
    const quantity = new Decimal(movement.quantity);
    if (type === 'COST') return costLate(held, new Decimal(value ?? 0), new Decimal(pieces ?? 0), currency);
    if (type === 'TRANSFER' || quantity.isZero()) return null;
    if (quantity.isNegative()) return moveOut(held, quantity.negated(), currency);
    if (value !== undefined) return moveIn(held, quantity, new Decimal(value), currency);
    const soldAt = soldBy && sold.get(`${soldBy.referenceId} ${productId}`);
    const worth = valueAtAverage(
      { quantity: new Decimal(0), value: new Decimal(0), lastCost: soldAt ?? unitCost(held) },
      quantity,
      currency,
    );
    return moveIn(held, quantity, worth, currency);
  }

  private inUsd(cost: Decimal | null): string | null {
    return cost === null || this.currency !== 'USD' ? null : cost.toFixed(6);
  }

  private post(row: MovementRow, change: Decimal, to: { account: number | null; correction: Decimal }): void {
    const { productId } = row;
    const branchId = this.branches.get(row.warehouseId) as string;
    const add = (account: number, amount: Decimal): void => {
      const key = `${account} ${productId} ${branchId}`;
      const known = this.sums.get(key);
      if (known) known.sum = known.sum.plus(amount);
      else this.sums.set(key, { account, productId, branchId, sum: amount });
    };
    add(ACCOUNTS.stock, change);
    add(ACCOUNTS.costCorrections, to.correction);
    if (to.account !== null) add(to.account, change.plus(to.correction).negated());
  }

  /** The lines of the entry, in the base currency; a line for each product, without those of 0. */
  lines(): EntryLine[] {
    return [...this.sums.values()]
      .filter(({ sum }) => !sum.isZero())
      .map(({ account, productId, branchId, sum }) => ({
        account,
        currency: this.currency,
        amount: sum,
        base: sum,
        branchId,
        productId,
      }));
  }

  /** What the products are worth after it. */
  rows(): CostRow[] {
    return [...this.held].map(([productId, { quantity, value, lastCost }]) => ({
      productId,
      quantity: quantity.toFixed(QUANTITY_DECIMALS),
      value: value.toFixed(),
      lastCost: lastCost?.toFixed() ?? null,
    }));
  }
}
