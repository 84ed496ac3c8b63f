import { isBusinessDate, parseInstant } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { type Currency, Decimal, decimalText, isCurrency, parseNumber, QUANTITY_DECIMALS } from '../../kernel/money.js';
import type { ReportedHead, ReportedLine } from '../../documents/reported-document.service.js';
import {
  REPORTED_STATUSES,
  type ReportedAmounts,
  type ReportedFacts,
  type ReportedStatus,
} from '../../documents/reported.entity.js';
import type { Parsed, ParentRef } from './entity-sync.js';
import { idOf, nonEmpty, rowsOf, textOf, ValueReader, type ZohoRecord } from './zoho-values.js';

// What Zoho's sales and purchase documents have in common.

const MAX_TEXT = 200;
const MAX_NOTES = 5000;
const MONEY_DECIMALS = 6;
const MAX_RATE_DECIMALS = 15;
/** Zoho writes the ISO code of the yuan; the company's books say RMB. */
const CURRENCIES: Readonly<Record<string, string>> = { CNY: 'RMB' };
const OTHER_DAY = /^(\d{2})-(\d{2})-(\d{4})$/;

/** Throws BAD_PAYLOAD for a record without its id. The keys are those that a body must have to be used without a fetch. */
export function parseDocument<Remote extends ZohoRecord>(
  record: Record<string, unknown>,
  { id, noun, keys, time = 'last_modified_time' }: { id: string; noun: string; keys: readonly string[]; time?: string },
): Parsed<Remote> {
  const remoteId = idOf(record[id]);
  if (remoteId === null) throw new AppError('BAD_PAYLOAD', msg`The ${noun} has no ${id}.`, { field: id });
  return {
    remote: { ...record, [id]: remoteId } as unknown as Remote,
    remoteId,
    modifiedAt: parseInstant(record[time]),
    whole: keys.every((key) => record[key] !== undefined),
  };
}

/** A line by its id, or by its place when it has none. */
export const lineRefOf = (row: ZohoRecord, index: number): string => idOf(row['line_item_id']) ?? `line-${index}`;

/** The customers or vendors, and the products, that must be here before a document. */
export function parentsOf(
  head: Pick<ReportedHead, 'partyRef'>,
  entity: string,
  lines: readonly ReportedLine[],
): ParentRef[] {
  const products = [...new Set(lines.flatMap(({ productRef }) => productRef ?? []))];
  return [
    { entity, remoteId: head.partyRef },
    ...products.map((remoteId): ParentRef => ({ entity: 'products', remoteId, optional: true })),
  ];
}

interface HeadKeys {
  id: string;
  number: string;
  party: string;
  /** Amounts that only some documents have, by the keys of Zoho. */
  balance?: string;
  paid?: string;
  credited?: string;
  salesperson?: string;
}

const TOTALS = ['subtotal', 'discountTotal', 'taxTotal', 'total'] as const;

/**
 * Reads one document. What it is without (a number, a customer, a day, a currency of the company, a total) is refused:
 * guessed money is worse than a record that waits. Everything else that is odd is left out and warned about.
 */
export class DocumentReader extends ValueReader {
  constructor(private readonly document: ZohoRecord) {
    super(document);
  }

  private refused(field: string): AppError {
    return new AppError('BAD_PAYLOAD', msg`The document has no usable ${field}.`, { field });
  }

  needed(field: string): string {
    const value = textOf(this.document[field], MAX_TEXT);
    if (value == null) throw this.refused(field);
    return value;
  }

  text(field: string, limit = MAX_TEXT): string | null {
    return textOf(this.document[field], limit) ?? null;
  }

  /** 0 when the source says nothing: it leaves out what is 0. */
  amount(field: string): string {
    return this.number(field, { decimals: MONEY_DECIMALS, signed: true }) ?? '0';
  }

  stated(field: string | undefined): string | null {
    return field === undefined ? null : (this.number(field, { decimals: MONEY_DECIMALS, signed: true }) ?? null);
  }

  neededAmount(field: string): string {
    const amount = this.number(field, { decimals: MONEY_DECIMALS, signed: true });
    if (amount === undefined) throw this.refused(field);
    return amount;
  }

  /** YYYY-MM-DD; DD-MM-YYYY is seen in some answers. */
  day(field: string): string | null {
    const text = this.text(field);
    if (text === null) return null;
    const day = text.replace(OTHER_DAY, '$3-$2-$1');
    if (isBusinessDate(day)) return day;
    this.odd(field);
    return null;
  }

  neededDay(field: string): string {
    const day = this.day(field);
    if (day === null) throw this.refused(field);
    return day;
  }

  currency(): Currency {
    const code = this.needed('currency_code');
    const known = CURRENCIES[code] ?? code;
    if (!isCurrency(known)) throw this.refused('currency_code');
    return known;
  }

  status(field = 'status'): ReportedStatus {
    const said = this.text(field)?.toUpperCase() ?? '';
    const known = REPORTED_STATUSES.find((one) => one === said);
    if (known) return known;
    if (said === 'CANCELLED') return 'VOID';
    this.odd(field);
    return 'OTHER';
  }

  private rate(): string | null {
    const parsed = parseNumber(this.document['exchange_rate']);
    return parsed.kind === 'number' && parsed.value.greaterThan(0)
      ? decimalText(parsed.value, MAX_RATE_DECIMALS)
      : null;
  }

  head(keys: HeadKeys): ReportedHead {
    const status = this.status();
    return {
      externalRef: this.needed(keys.id),
      partyRef: this.needed(keys.party),
      number: this.needed(keys.number),
      status,
      draft: status === 'DRAFT' || status === 'PENDING_APPROVAL' || status === 'REJECTED',
      voided: status === 'VOID',
      day: this.neededDay('date'),
      currency: this.currency(),
      notes: this.text('notes', MAX_NOTES),
      facts: this.facts(keys),
    };
  }

  private facts(keys: HeadKeys): ReportedFacts {
    return {
      ...this.amounts(),
      status: this.needed('status'),
      shipping: this.amount('shipping_charge'),
      adjustment: this.amount('adjustment'),
      rounding: this.amount('roundoff_value'),
      balance: this.stated(keys.balance),
      paid: this.stated(keys.paid),
      credited: this.stated(keys.credited),
      writtenOff: this.amount('write_off_amount'),
      exchangeRate: this.rate(),
      reference: this.text('reference_number'),
      location: this.text('location_id') ?? this.text('warehouse_id'),
      salesperson: this.text('salesperson_name'),
    };
  }

  /**
   * The discount of the document as a whole is what makes its parts sum to its total: Zoho states that of lines, which is
   * taken already, in the same place.
   */
  private amounts(): ReportedAmounts {
    const [subtotal, taxTotal, total] = [
      this.neededAmount('sub_total'),
      this.amount('tax_total'),
      this.neededAmount('total'),
    ];
    const parts = ['shipping_charge', 'adjustment', 'roundoff_value'].map((field) => this.amount(field));
    const charges = parts.reduce((sum, part) => sum.plus(part), new Decimal(0));
    const missing = new Decimal(subtotal).plus(taxTotal).plus(charges).minus(total);
    const stated = this.amount('discount_total');
    const isStated = missing.equals(stated) || this.document['discount_type'] === 'entity_level';
    const discountTotal = isStated && missing.greaterThan(0) ? missing.toFixed() : '0';
    if (!missing.equals(discountTotal)) {
      const message = `The parts of the document come to ${decimalText(missing.minus(discountTotal).plus(total))}, its total is ${total}; the total is used.`;
      this.warnings.push({ code: 'TOTAL_MISMATCH', field: 'total', message });
    }
    const amounts = { subtotal, discountTotal, taxTotal, total };
    return Object.fromEntries(
      TOTALS.map((field) => [field, decimalText(amounts[field])]),
    ) as unknown as ReportedAmounts;
  }

  lines(): ReportedLine[] {
    return rowsOf(this.document['line_items']).flatMap((row, index) => {
      const line = new LineReader(row, index);
      const read = line.read();
      this.warnings.push(...line.warnings);
      return read ? [read] : [];
    });
  }
}

class LineReader extends ValueReader {
  constructor(
    private readonly row: ZohoRecord,
    private readonly index: number,
  ) {
    super(row);
  }

  private positive(field: string): Decimal | null {
    const amount = this.number(field, { decimals: MONEY_DECIMALS });
    return amount === undefined || new Decimal(amount).isZero() ? null : new Decimal(amount);
  }

  /** Null for a heading, which has no money. A line without a quantity is a lump sum. */
  read(): ReportedLine | null {
    const { row } = this;
    const rate = this.number('rate', { decimals: MONEY_DECIMALS, signed: true });
    const quantity = this.positive('quantity');
    const stated = this.number('item_total', { decimals: MONEY_DECIMALS, signed: true });
    const lineTotal = stated ?? (rate && quantity ? quantity.times(rate).toFixed() : undefined);
    if (lineTotal === undefined) return null;
    const gross = quantity && rate !== undefined ? quantity.times(rate) : new Decimal(lineTotal);
    const taxes = rowsOf(row['line_item_taxes']).map((tax) => parseNumber(tax['tax_amount']));
    const taxAmount = taxes.reduce((sum, tax) => (tax.kind === 'number' ? sum.plus(tax.value) : sum), new Decimal(0));
    const name = nonEmpty(row['name']) ?? nonEmpty(row['description']) ?? nonEmpty(row['sku']) ?? '-';
    return {
      externalRef: lineRefOf(row, this.index),
      productRef: nonEmpty(row['item_id']) ?? null,
      description: name.slice(0, MAX_TEXT),
      quantity: (quantity ?? new Decimal(1)).toFixed(QUANTITY_DECIMALS),
      unitPrice: quantity && rate !== undefined ? rate : lineTotal,
      discountPercent: this.discountPercent(gross),
      taxPercent: this.taxPercent(),
      lineTotal,
      taxAmount: decimalText(taxAmount),
    };
  }

  /** Zoho writes "10%" or an amount; what it took off stands in `discount_amount` then. */
  private discountPercent(gross: Decimal): string {
    const { discount } = this.row;
    const percent =
      typeof discount === 'string' && discount.includes('%') ? parseNumber(discount.replace('%', '')) : null;
    if (percent?.kind === 'number') return decimalText(percent.value, 3);
    const amount = this.positive('discount_amount');
    if (amount === null || !gross.greaterThan(0) || amount.greaterThan(gross)) return '0';
    return decimalText(amount.dividedBy(gross).times(100), 3);
  }

  private taxPercent(): string {
    const percent = this.number('tax_percentage', { decimals: 3 });
    return percent === undefined || new Decimal(percent).greaterThan(100) ? '0' : percent;
  }
}
