import { AppError } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { Decimal } from '../../kernel/money.js';
import type { TaxSnapshot } from '../../organisation/reported-tax.service.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { idOf, textOf, ValueReader } from './zoho-values.js';

/** A Zoho tax, or a group of taxes, as it came; every field may be missing or odd. */
export type ZohoTax = Record<string, unknown> & { tax_id: string };

const MAX_NAME = 100;

function parse(record: Record<string, unknown>): Parsed<ZohoTax> {
  const remoteId = idOf(record['tax_id']);
  if (remoteId === null) throw new AppError('BAD_PAYLOAD', msg`The body has no ${'tax_id'}.`, { field: 'tax_id' });
  // Zoho keeps no time of a tax's last change.
  return { remote: { ...record, tax_id: remoteId }, remoteId, modifiedAt: null, whole: false };
}

function toSnapshot(tax: ZohoTax): Mapped<TaxSnapshot> {
  const reader = new ValueReader(tax);
  const name = textOf(tax['tax_name'], MAX_NAME) ?? undefined;
  if (name === undefined) reader.missing('tax_name');
  const percent = reader.number('tax_percentage', { decimals: 3, expected: true });
  const usable = percent !== undefined && new Decimal(percent).lessThanOrEqualTo(100);
  if (percent !== undefined && !usable) reader.odd('tax_percentage');
  const { status, is_inactive: isInactive } = tax;
  const snapshot = {
    externalRef: tax.tax_id,
    name,
    ratePercent: usable ? percent : undefined,
    active: status === undefined ? isInactive !== true : textOf(status, MAX_NAME)?.toLowerCase() !== 'inactive',
  };
  return { snapshot, warnings: reader.warnings };
}

export const taxMapper = { parse, toSnapshot };
