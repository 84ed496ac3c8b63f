import { CURRENCY_DECIMALS, Decimal, roundMoney, type Currency } from './money.js';

/**
 * What a document comes to: the only place that rounds its parts. Each line is rounded, the discount of the order is
 * rounded once and shared out over the lines to the last unit, each line's tax is rounded on what is left of it; the
 * total is the sum of rounded parts, so what is printed adds up.
 */
export interface PricedLine {
  quantity: string;
  unitPrice: string;
  discountPercent: string;
  taxPercent: string;
}

export interface LineAmounts {
  /** Quantity x price less the line's discount. */
  lineTotal: string;
  /** The line's share of the document's discount. */
  discountShare: string;
  /** On the line's total less its share. */
  taxAmount: string;
}

export interface DocumentAmounts {
  subtotal: string;
  discountTotal: string;
  taxTotal: string;
  shipping: string;
  adjustment: string;
  total: string;
}

export interface DocumentInput {
  currency: Currency;
  lines: readonly PricedLine[];
  discountPercent: string;
  shipping: string;
  adjustment: string;
}

const sum = (amounts: readonly string[]): Decimal =>
  amounts.reduce((total, amount) => total.plus(amount), new Decimal(0));

/** Shares an amount out in proportion to the weights; the shares sum to it exactly (largest remainders first). */
export function shareOut(amount: Decimal.Value, weights: readonly string[], currency: Currency): string[] {
  const whole = sum(weights);
  const unit = new Decimal(10).pow(-CURRENCY_DECIMALS[currency]);
  const left = new Decimal(amount);
  if (whole.isZero()) return weights.map(() => roundMoney(0, currency));
  const exact = weights.map((weight) => left.times(weight).dividedBy(whole));
  const shares = exact.map((share) => share.dividedBy(unit).floor().times(unit));
  let rest = left.minus(shares.reduce((total, share) => total.plus(share), new Decimal(0)));
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share.minus(shares[index] as Decimal) }))
    .sort((a, b) => b.remainder.comparedTo(a.remainder) || a.index - b.index);
  for (const { index } of byRemainder) {
    if (rest.lessThan(unit)) break;
    shares[index] = (shares[index] as Decimal).plus(unit);
    rest = rest.minus(unit);
  }
  return shares.map((share) => roundMoney(share, currency));
}

const less = (percent: string): Decimal => new Decimal(100).minus(percent).dividedBy(100);

export function computeTotals(input: DocumentInput): { lines: LineAmounts[]; document: DocumentAmounts } {
  const { currency } = input;
  const lineTotals = input.lines.map((line) =>
    roundMoney(new Decimal(line.quantity).times(line.unitPrice).times(less(line.discountPercent)), currency),
  );
  const subtotal = sum(lineTotals);
  const discountTotal = roundMoney(subtotal.times(input.discountPercent).dividedBy(100), currency);
  const shares = shareOut(discountTotal, lineTotals, currency);
  const lines = input.lines.map((line, index): LineAmounts => {
    const lineTotal = lineTotals[index] as string;
    const discountShare = shares[index] as string;
    const taxed = new Decimal(lineTotal).minus(discountShare);
    const taxAmount = roundMoney(taxed.times(line.taxPercent).dividedBy(100), currency);
    return { lineTotal, discountShare, taxAmount };
  });
  return { lines, document: addUp(lines, { ...input, shipping: input.shipping, adjustment: input.adjustment }) };
}

/** The totals of lines whose amounts stand already. */
export function addUp(
  lines: readonly LineAmounts[],
  { currency, shipping, adjustment }: { currency: Currency; shipping: string; adjustment: string },
): DocumentAmounts {
  const subtotal = sum(lines.map((line) => line.lineTotal));
  const discountTotal = sum(lines.map((line) => line.discountShare));
  const taxTotal = sum(lines.map((line) => line.taxAmount));
  const total = subtotal.minus(discountTotal).plus(taxTotal).plus(shipping).plus(adjustment);
  const text = (amount: Decimal.Value): string => roundMoney(amount, currency);
  return {
    subtotal: text(subtotal),
    discountTotal: text(discountTotal),
    taxTotal: text(taxTotal),
    shipping: text(shipping),
    adjustment: text(adjustment),
    total: text(total),
  };
}

/**
 * The amounts of a part of a line that is billed or credited in steps: what the quantity reached so far comes to, less
 * what earlier parts took. Whatever the steps, the parts sum to the whole line.
 */
export function partOf(
  whole: LineAmounts & { quantity: string },
  taken: LineAmounts & { quantity: string },
  quantity: string,
  currency: Currency,
): LineAmounts {
  const reached = new Decimal(taken.quantity).plus(quantity);
  const part = (of: keyof LineAmounts): string =>
    roundMoney(
      new Decimal(roundMoney(new Decimal(whole[of]).times(reached).dividedBy(whole.quantity), currency)).minus(
        taken[of],
      ),
      currency,
    );
  return { lineTotal: part('lineTotal'), discountShare: part('discountShare'), taxAmount: part('taxAmount') };
}

/**
 * By how much the lines and the document are below the prices of the list, in percent; 0 for an empty document. A price that
 * was negotiated stands beside that of the list.
 */
export function discountGiven(
  input: Omit<DocumentInput, 'lines'> & { lines: readonly (PricedLine & { listPrice?: string | null })[] },
): Decimal {
  const listed = input.lines.reduce(
    (total, line) => total.plus(new Decimal(line.quantity).times(line.listPrice ?? line.unitPrice)),
    new Decimal(0),
  );
  if (listed.isZero()) return new Decimal(0);
  const requested = input.lines
    .reduce(
      (total, line) => total.plus(new Decimal(line.quantity).times(line.unitPrice).times(less(line.discountPercent))),
      new Decimal(0),
    )
    .times(less(input.discountPercent));
  return listed.minus(requested).dividedBy(listed).times(100);
}
