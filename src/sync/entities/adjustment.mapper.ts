import { isBusinessDate } from '../../kernel/clock.js';
import { AppError } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import { QUANTITY_DECIMALS } from '../../kernel/money.js';
import type { AdjustmentSnapshot, ReportedAdjustmentLine } from '../../warehousing/reported-adjustment.service.js';
import type { Mapped, ParentRef, Parsed } from './entity-sync.js';
import { idOf, nonEmpty, rowsOf, textOf, ValueReader, type ZohoRecord } from './zoho-values.js';

/** A Zoho inventory adjustment as it came; every field may be missing or odd. */
export type ZohoAdjustment = Record<string, unknown> & { inventory_adjustment_id: string };

const MAX_TEXT = 500;
const VALUE = { decimals: 6, signed: true } as const;

function parse(record: Record<string, unknown>): Parsed<ZohoAdjustment> {
  const remoteId = idOf(record['inventory_adjustment_id'] ?? record['adjustment_id']);
  if (remoteId === null) {
    throw new AppError('BAD_PAYLOAD', msg`The body has no ${'inventory_adjustment_id'}.`, {
      field: 'inventory_adjustment_id',
    });
  }
  // Zoho keeps no time of its last change, so none is newer than another: the present one is asked for.
  return { remote: { ...record, inventory_adjustment_id: remoteId }, remoteId, modifiedAt: null, whole: false };
}

function lineOf(row: ZohoRecord, reader: ValueReader): ReportedAdjustmentLine {
  const own = new ValueReader(row);
  const itemRef = idOf(row['item_id']);
  const line = {
    itemRef,
    locationRef: idOf(row['location_id'] ?? row['warehouse_id']),
    name: nonEmpty(row['name']) ?? itemRef ?? '?',
    unit: textOf(row['unit']) ?? null,
    quantity: own.number('quantity_adjusted', { decimals: QUANTITY_DECIMALS, signed: true }) ?? null,
    value: own.number('item_total', VALUE) ?? null,
  };
  reader.warnings.push(...own.warnings);
  return line;
}

function toSnapshot(adjustment: ZohoAdjustment): Mapped<AdjustmentSnapshot> {
  const reader = new ValueReader(adjustment);
  const day = nonEmpty(adjustment['date']);
  if (day === undefined || !isBusinessDate(day)) {
    throw new AppError('BAD_PAYLOAD', msg`The body has no ${'date'}.`, { field: 'date' });
  }
  const text = (key: string): string | null => textOf(adjustment[key], MAX_TEXT) ?? null;
  const snapshot: AdjustmentSnapshot = {
    externalRef: adjustment.inventory_adjustment_id,
    kind: adjustment['adjustment_type'] === 'value' ? 'VALUE' : 'QUANTITY',
    status: nonEmpty(adjustment['status']) ?? 'adjusted',
    adjustedOn: day,
    reason: text('reason'),
    description: text('description'),
    reference: text('reference_number'),
    locationRef: idOf(adjustment['location_id'] ?? adjustment['warehouse_id']),
    value: reader.number('total', VALUE) ?? null,
    lines: rowsOf(adjustment['line_items']).map((row) => lineOf(row, reader)),
  };
  const parent = (entity: string, remoteId: string | null): ParentRef[] =>
    remoteId === null ? [] : [{ entity, remoteId, optional: true }];
  const parents = [
    ...parent('locations', snapshot.locationRef),
    ...snapshot.lines.flatMap(({ itemRef, locationRef }) => [
      ...parent('products', itemRef),
      ...parent('locations', locationRef),
    ]),
  ];
  const distinct = [...new Map(parents.map((one) => [`${one.entity} ${one.remoteId}`, one])).values()];
  return { snapshot, warnings: reader.warnings, parents: distinct };
}

export const adjustmentMapper = { parse, toSnapshot };
