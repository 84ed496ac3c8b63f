import { defineEvent } from '../platform/events.js';

export const stockCountChanged = defineEvent<{ change: string; number: string; warehouseId: string }>(
  'stockCountChanged',
  'stockCount',
);

export const goodsTransferChanged = defineEvent<{ change: string; number: string }>(
  'goodsTransferChanged',
  'goodsTransfer',
);
export const stockAdjustmentChanged = defineEvent<Record<string, never>>('stockAdjustmentChanged', 'stockAdjustment');
