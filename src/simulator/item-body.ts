import { BOOKS_ITEM_KEYS, BULK_ITEM_KEYS, INVENTORY_ITEM_KEYS } from './bodies/item-keys.js';
import { LOCATIONS, type SimulatedItem } from './company.js';

/** Zoho's shapes of an item, with the type drift of the real ones. */
export interface ShapeSwitches {
  /** Organisations that have not moved to Locations answer `warehouses[]` with `warehouse_*` names. */
  places: 'locations' | 'warehouses';
}

const ZONE_MINUTES = 180;

/** Whole seconds, the organisation's offset, no colon in it. */
export function zohoTimestamp(ms: number): string {
  return `${new Date(ms + ZONE_MINUTES * 60_000).toISOString().slice(0, 19)}+0300`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function places(item: SimulatedItem, prefix: 'location' | 'warehouse'): Record<string, unknown>[] {
  return LOCATIONS.map((location, index) => ({
    [`${prefix}_id`]: location.id,
    [`${prefix}_name`]: location.name,
    status: 'active',
    is_primary: location.primary,
    [`${prefix}_stock_on_hand`]: item.stock[index] ?? 0,
    [`${prefix}_available_stock`]: item.stock[index] ?? 0,
    // Documented as text, seen as number.
    [`${prefix}_actual_available_stock`]: index === 1 ? String(item.stock[index] ?? 0) : (item.stock[index] ?? 0),
  }));
}

function customFields(item: SimulatedItem): Record<string, unknown> {
  const values: Record<string, string> = {
    ...(item.nameAr === null ? {} : { cf_name_ar: item.nameAr }),
    ...item.customFields,
  };
  const rows = Object.entries(values).map(([name, value], index) => ({
    customfield_id: name === 'cf_name_ar' ? '5270413000000070012' : `527041300000007002${index}`,
    index: index + 1,
    label: name === 'cf_name_ar' ? 'Arabic Name' : name,
    api_name: name,
    data_type: 'string',
    value,
  }));
  return { custom_fields: rows, custom_field_hash: values };
}

/** A row of the list: a summary without custom fields and places. */
export function listRow(item: SimulatedItem): Record<string, unknown> {
  const onHand = sum(item.stock);
  return {
    group_id: `${item.itemId}9`,
    item_id: item.itemId,
    name: item.name,
    item_name: item.name,
    unit: item.unit,
    status: item.active ? 'active' : 'inactive',
    source: 'user',
    is_linked_with_zohocrm: false,
    item_type: 'inventory',
    description: item.description,
    rate: item.rate,
    is_taxable: false,
    tax_id: '',
    tax_name: '',
    tax_percentage: '',
    purchase_description: '',
    purchase_rate: item.purchaseRate,
    is_combo_product: false,
    product_type: 'goods',
    brand: item.brand,
    category_name: item.categoryName,
    reorder_level: item.reorderLevel,
    sku: item.sku,
    upc: '',
    ean: '',
    isbn: '',
    part_number: '',
    image_name: item.imageDocumentId ? `${item.itemId}.jpg` : '',
    image_type: item.imageDocumentId ? 'jpg' : '',
    image_document_id: item.imageDocumentId,
    stock_on_hand: onHand,
    available_stock: onHand,
    actual_available_stock: onHand,
    track_inventory: true,
    has_attachment: false,
    created_time: zohoTimestamp(item.createdMs),
    last_modified_time: zohoTimestamp(item.modifiedMs),
    documents: '',
    tags: [],
  };
}

/** The bulk answer: details without the record's times and totals. */
export function bulkDetail(item: SimulatedItem, switches: ShapeSwitches): Record<string, unknown> {
  return {
    ...BULK_ITEM_KEYS,
    item_id: item.itemId,
    name: item.name,
    unit: item.unit,
    item_type: 'inventory',
    product_type: 'goods',
    is_taxable: false,
    tax_percentage: '',
    description: item.description,
    account_name: 'Sales',
    status: item.active ? 'active' : 'inactive',
    rate: item.rate,
    pricebook_rate: item.rate,
    purchase_rate: item.purchaseRate,
    reorder_level: item.reorderLevel,
    ...(switches.places === 'locations'
      ? { locations: places(item, 'location') }
      : { warehouses: places(item, 'warehouse') }),
    sku: item.sku,
    upc: '',
    ean: '',
    isbn: '',
    part_number: '',
    image_id: item.imageDocumentId,
    image_name: item.imageDocumentId ? `${item.itemId}.jpg` : '',
    image_type: item.imageDocumentId ? 'jpg' : '',
    ...customFields(item),
  };
}

export function inventoryDetail(item: SimulatedItem, switches: ShapeSwitches): Record<string, unknown> {
  const onHand = sum(item.stock);
  return {
    ...listRow(item),
    ...bulkDetail(item, switches),
    ...INVENTORY_ITEM_KEYS,
    unit_id: '5270413000000093022',
    can_be_sold: true,
    can_be_purchased: true,
    account_id: '5270413000000000388',
    sales_rate: item.rate,
    stock_on_hand: onHand,
    available_stock: onHand,
    actual_available_stock: onHand,
    committed_stock: item.committed,
    actual_committed_stock: item.committed,
    available_for_sale_stock: onHand - item.committed,
    actual_available_for_sale_stock: onHand - item.committed,
    documents: [],
  };
}

/** Books knows the price, not the stock. */
export function booksDetail(item: SimulatedItem): Record<string, unknown> {
  const { stock_on_hand: _a, available_stock: _b, actual_available_stock: _c, item_name: _d, ...rest } = listRow(item);
  return {
    ...rest,
    ...BOOKS_ITEM_KEYS,
    pricebook_rate: item.rate,
    default_price_brackets: [{ start_quantity: 1, end_quantity: 1, pricebook_rate: item.rate }],
    sales_rate: item.rate,
    created_at: zohoTimestamp(item.createdMs).slice(0, 10),
    ...customFields(item),
  };
}
