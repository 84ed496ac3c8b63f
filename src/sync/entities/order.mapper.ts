import type { OrderSnapshot } from '../../orders/reported-order.service.js';
import { DocumentReader, lineRefOf, parentsOf, parseDocument } from './document-values.js';
import type { Mapped, Parsed } from './entity-sync.js';
import { isRow, nonEmpty, rowsOf, ValueReader } from './zoho-values.js';

/** A Zoho sales order as it came; every field may be missing or odd. */
export type ZohoSalesOrder = Record<string, unknown> & { salesorder_id: string };

/** A row of the list has no lines and no parts of the total. */
const MAPPED_KEYS = [
  'salesorder_number',
  'customer_id',
  'status',
  'date',
  'currency_code',
  'sub_total',
  'total',
  'line_items',
  'last_modified_time',
];

const MAX_ADDRESS = 500;

const parse = (record: Record<string, unknown>): Parsed<ZohoSalesOrder> =>
  parseDocument(record, { id: 'salesorder_id', noun: 'sales order', keys: MAPPED_KEYS });

function addressOf(value: unknown): string | null {
  if (!isRow(value)) return null;
  const parts = ['attention', 'address', 'street2', 'city', 'state', 'phone'].flatMap(
    (key) => nonEmpty(value[key]) ?? [],
  );
  return parts.length === 0 ? null : parts.join(', ').slice(0, MAX_ADDRESS);
}

function toSnapshot(order: ZohoSalesOrder): Mapped<OrderSnapshot> {
  const reader = new DocumentReader(order);
  const head = reader.head({ id: 'salesorder_id', number: 'salesorder_number', party: 'customer_id' });
  const lines = reader.lines();
  const done = new Map(rowsOf(order['line_items']).map((row, index) => [lineRefOf(row, index), row]));
  const snapshot: OrderSnapshot = {
    ...head,
    expectedOn: reader.day('shipment_date') ?? reader.day('delivery_date'),
    deliveryAddress: addressOf(order['shipping_address']),
    lines: lines.map((line) => {
      const said = new ValueReader(done.get(line.externalRef) ?? {});
      const of = (field: string): string => said.number(field, { decimals: 3 }) ?? '0';
      return { ...line, shipped: of('quantity_shipped'), invoiced: of('quantity_invoiced') };
    }),
  };
  return { snapshot, warnings: reader.warnings, parents: parentsOf(head, 'customers', lines) };
}

export const orderMapper = { parse, toSnapshot };
