import { isBusinessDate } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { Decimal, decimalText } from '../../kernel/money.js';
import type { RateSnapshot } from '../../organisation/reported-rate.service.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { currencyOf, idOf, isRow, nonEmpty, ValueReader, type ZohoRecord } from './zoho-values.js';

/**
 * A Zoho currency as it came, with the dinar beside it: Zoho's rates are in its own base currency, ours in dinars, so one
 * row says nothing alone.
 */
export type ZohoCurrency = Record<string, unknown> & { currency_id: string };

/** The key under which the handler puts the row of the dinar; absent when the organisation has none. */
export const DINAR = 'dinar';

const RATE_DECIMALS = 6;

function parse(record: Record<string, unknown>): Parsed<ZohoCurrency> {
  const remoteId = idOf(record['currency_id']);
  if (remoteId === null) {
    throw new AppError('BAD_PAYLOAD', msg`The body has no ${'currency_id'}.`, { field: 'currency_id' });
  }
  // Zoho keeps no time of a currency's last change.
  return { remote: { ...record, currency_id: remoteId }, remoteId, modifiedAt: null, whole: false };
}

/** What one unit is worth in the base currency of the source. */
function inBase(row: ZohoRecord, reader: ValueReader): Decimal | null {
  if (row['is_base_currency'] === true) return new Decimal(1);
  const rate = new ValueReader(row).number('exchange_rate', { decimals: 12 });
  if (rate !== undefined && !new Decimal(rate).isZero()) return new Decimal(rate);
  reader.odd('exchange_rate', row['exchange_rate']);
  return null;
}

const dayOf = (row: ZohoRecord): string | undefined => {
  const day = nonEmpty(row['effective_date']);
  return day !== undefined && isBusinessDate(day) ? day : undefined;
};

function toSnapshot(row: ZohoCurrency): Mapped<RateSnapshot> {
  const reader = new ValueReader(row);
  const code = nonEmpty(row['currency_code']);
  const known = code === undefined ? null : currencyOf(code);
  const currency = known === 'IQD' ? null : known;
  const empty: RateSnapshot = { externalRef: row.currency_id, currency, rate: undefined, effectiveOn: undefined };
  const dinar = row[DINAR];
  if (currency === null || !isRow(dinar)) return { snapshot: empty, warnings: [] };
  const [unit, base] = [inBase(row, reader), inBase(dinar, reader)];
  if (unit === null || base === null) return { snapshot: empty, warnings: reader.warnings };
  // The rate holds from the day on which the later of the two was set.
  const [effectiveOn] = [dayOf(row), dayOf(dinar)]
    .filter((day) => day !== undefined)
    .sort()
    .reverse();
  const rate = decimalText(unit.dividedBy(base), RATE_DECIMALS);
  return { snapshot: { ...empty, rate: rate === '0' ? undefined : rate, effectiveOn }, warnings: reader.warnings };
}

export const currencyMapper = { parse, toSnapshot };
