import type { Books } from '../documents/books.js';
import type { Adjustment, AdjustmentLine, Pricebook, PricebookItem } from '../documents/document.js';
import { round } from '../documents/money.js';
import type { Switches } from '../switches.js';
import type { Input } from './input.js';
import { invalidValue, refusal } from './refusal.js';
import { moveAdjustment } from './stock-moves.js';
import type { Writes } from './writes.js';

function readAdjustment(books: Books, adjustment: Adjustment, input: Input): void {
  adjustment.date = input.day('date', adjustment.date);
  adjustment.reason = input.required('reason', adjustment.reason, 100);
  adjustment.description = input.text('description', adjustment.description);
  adjustment.reference = input.text('reference_number', adjustment.reference, 100);
  adjustment.type = input.text('adjustment_type', adjustment.type) === 'value' ? 'value' : 'quantity';
  adjustment.locationId = input.text('location_id', adjustment.locationId);
  const rows = input.rows('line_items');
  if (rows?.length === 0 || (rows === null && adjustment.lines.length === 0)) {
    throw refusal(4, 'Please enter at least one line item.');
  }
  if (rows) adjustment.lines = rows.map((row) => adjustmentLine(books, adjustment, row));
}

/** The quantity is a change, not what is there afterwards. */
function adjustmentLine(books: Books, adjustment: Adjustment, row: Input): AdjustmentLine {
  const item = books.items.find(row.required('item_id', ''));
  if (!item || item.deleted) throw invalidValue('item_id');
  const quantity = row.number('quantity_adjusted', 0);
  const value = adjustment.type === 'value' ? row.number('value_adjusted', 0) : round(quantity * item.purchaseRate, 2);
  return {
    lineId: row.text('line_item_id', '') || books.newId(),
    itemId: item.itemId,
    name: item.name,
    unit: item.unit,
    quantity,
    value,
    locationId: row.text('location_id', adjustment.locationId),
  };
}

export function adjustmentWrites(books: Books): Writes<Adjustment> {
  const store = books.inventoryadjustments;
  const recorded = { active: true, createdMs: 0, modifiedMs: 0, deleted: false };
  return {
    created: 'Inventory adjustment has been added.',
    updated: 'Inventory adjustment has been updated.',
    deleted: 'Inventory adjustment has been deleted.',
    create(input) {
      const adjustment: Adjustment = {
        ...recorded,
        id: books.newId(),
        date: books.today(),
        reason: '',
        description: '',
        reference: '',
        type: 'quantity',
        status: 'adjusted',
        locationId: '',
        lines: [],
        createdMs: books.nowMs(),
      };
      readAdjustment(books, adjustment, input);
      store.add(adjustment);
      moveAdjustment(books, adjustment, 1);
      return adjustment;
    },
    update(adjustment, input) {
      const draft = structuredClone(adjustment);
      readAdjustment(books, draft, input);
      moveAdjustment(books, adjustment, -1);
      Object.assign(adjustment, draft);
      moveAdjustment(books, adjustment, 1);
      store.touch(adjustment);
    },
    remove(adjustment) {
      moveAdjustment(books, adjustment, -1);
      store.remove(adjustment.id);
    },
  };
}

function readPricebook(books: Books, { duplicateCode }: Switches, pricebook: Pricebook, input: Input): void {
  const name = input.required('name', pricebook.name, 100);
  if (books.pricebooks.alive().some((one) => one.id !== pricebook.id && one.name === name)) {
    throw refusal(duplicateCode, `Price list "${name}" already exists.`);
  }
  pricebook.name = name;
  pricebook.description = input.text('description', pricebook.description);
  pricebook.currency = books.currencies.find(input.text('currency_id', ''))?.code ?? pricebook.currency;
  pricebook.type = input.text('pricebook_type', pricebook.type) === 'per_item' ? 'per_item' : 'fixed_percentage';
  pricebook.scheme = input.text('pricing_scheme', pricebook.scheme) === 'volume' ? 'volume' : 'unit';
  pricebook.percentage = input.number('percentage', pricebook.percentage);
  pricebook.isIncrease =
    input.body['is_increase'] === undefined ? pricebook.isIncrease : input.body['is_increase'] === true;
  pricebook.rounding = input.text('rounding_type', pricebook.rounding);
  const rows = input.rows('pricebook_items');
  // The list is replaced: an item that is left out has vanished from it.
  if (rows) pricebook.items = rows.map((row) => priceOf(books, pricebook, row));
}

function priceOf(books: Books, pricebook: Pricebook, row: Input): PricebookItem {
  const itemId = row.required('item_id', '');
  if (!books.items.find(itemId)) throw invalidValue('item_id');
  const present = pricebook.items.find((one) => one.itemId === itemId);
  return {
    pricebookItemId: present?.pricebookItemId ?? books.newId(),
    itemId,
    rate: row.number('pricebook_rate', present?.rate ?? 0),
    discount: row.body['pricebook_discount'] === '' ? '' : row.discount('pricebook_discount', present?.discount ?? ''),
    brackets: (row.rows('price_brackets') ?? []).map((bracket) => ({
      from: bracket.number('start_quantity', 1),
      to: bracket.number('end_quantity', 0) || null,
      rate: bracket.number('pricebook_rate', 0),
    })),
  };
}

export function pricebookWrites(books: Books, switches: Switches): Writes<Pricebook> {
  const store = books.pricebooks;
  const activity = (active: boolean, message: string) => ({
    message,
    act(pricebook: Pricebook) {
      pricebook.active = active;
      store.touch(pricebook);
    },
  });
  return {
    created: 'Price list has been created.',
    updated: 'Price list has been updated.',
    deleted: 'Price list has been deleted.',
    create(input) {
      const pricebook: Pricebook = {
        id: books.newId(),
        name: '',
        description: '',
        currency: books.baseCurrency(),
        type: 'per_item',
        scheme: 'unit',
        percentage: 0,
        isIncrease: false,
        isDefault: false,
        rounding: 'no_rounding',
        use: 'sales',
        items: [],
        active: true,
        createdMs: books.nowMs(),
        modifiedMs: books.nowMs(),
        deleted: false,
      };
      readPricebook(books, switches, pricebook, input);
      return store.add(pricebook);
    },
    update(pricebook, input) {
      const draft = structuredClone(pricebook);
      readPricebook(books, switches, draft, input);
      store.touch(Object.assign(pricebook, draft));
    },
    remove(pricebook) {
      store.remove(pricebook.id);
    },
    actions: {
      active: activity(true, 'Price list has been marked as active.'),
      inactive: activity(false, 'Price list has been marked as inactive.'),
    },
  };
}
