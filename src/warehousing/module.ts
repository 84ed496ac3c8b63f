import type { ChangeRule } from '../platform/graphql/entity-change.js';
import { permission, type Module } from '../platform/module.js';
import { GoodsTransfer, GoodsTransferLine } from './goods-transfer.entity.js';
import { GoodsTransferResolver } from './goods-transfer.resolver.js';
import { StockAdjustment, StockAdjustmentLine } from './stock-adjustment.entity.js';
import { StockAdjustmentResolver } from './stock-adjustment.resolver.js';
import { StockCount, StockCountLine } from './stock-count.entity.js';
import { StockCountResolver } from './stock-count.resolver.js';
import { goodsTransferChanged, stockAdjustmentChanged, stockCountChanged } from './warehousing.events.js';

const follow = (event: string): ChangeRule => ({ event, permission: 'stock:all' });

/**
 * Warehousing: counts of warehouses and goods on the way between them, as documents.
 *
 * - A count freezes what should be there and posts the difference to what was counted, so what moves while people count
 *   stays. A warehouse has one open count at most.
 * - Goods on the way belong to the company and to no warehouse: their value stays in stock, and the valuation shows them in a
 *   row without a warehouse. What never comes is a difference of the stock at the average.
 * - An adjustment at Zoho is kept as Zoho says it and moves nothing: its effect comes with the items.
 * - Who keeps a warehouse counts it, sends from it and receives into it; a transfer is seen from both ends.
 */
export const warehousingModule: Module = {
  name: 'warehousing',
  entities: [StockCount, StockCountLine, GoodsTransfer, GoodsTransferLine, StockAdjustment, StockAdjustmentLine],
  unaudited: [StockCountLine, GoodsTransferLine, StockAdjustmentLine],
  resolvers: [StockCountResolver, GoodsTransferResolver, StockAdjustmentResolver],
  permissions: {
    'Query.stockCounts': permission('stock:read'),
    'Query.stockCount': permission('stock:read'),
    'Mutation.startStockCount': permission('stock:write'),
    'Mutation.enterStockCount': permission('stock:write'),
    'Mutation.postStockCount': permission('stock:write'),
    'Mutation.cancelStockCount': permission('stock:write'),
    'Query.goodsTransfers': permission('stock:read'),
    'Query.goodsTransfer': permission('stock:read'),
    'Mutation.sendGoods': permission('stock:write'),
    'Mutation.receiveGoods': permission('stock:write'),
    'Mutation.loseGoods': permission('stock:write'),
    'Query.stockAdjustments': permission('stock:read'),
    'Query.stockAdjustment': permission('stock:read'),
  },
  changes: {
    stockCount: follow(stockCountChanged.eventName),
    goodsTransfer: follow(goodsTransferChanged.eventName),
    stockAdjustment: follow(stockAdjustmentChanged.eventName),
  },
};
