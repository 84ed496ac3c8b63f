import { permission, type Module } from '../platform/module.js';
import { BulkAdjustmentResolver } from './bulk-adjustment.resolver.js';
import { openStockJob, openStockSchedule } from './open-stock.job.js';
import { ProductCost, StockLevel, StockMovement } from './stock.entity.js';
import { productStock } from './stock.queries.js';
import { ProductStockResolver, StockResolver, StockValuationResolver } from './stock.resolver.js';
import { stockOwners } from './stock.service.js';

/**
 * Stock: the goods ledger, by product and warehouse.
 *
 * - A level is the sum of its movements, written in the same commit under the level's lock. Levels are locked in the order
 *   product, warehouse. Movements are append-only and do not change the product's version.
 * - What the company holds of a product, and what that is worth in the base currency, is kept in product_costs, which is
 *   locked before levels. One function writes movement, value and journal entry, so the stock account is the sum of the
 *   values of movements, at any day (docs/decisions/42-goods-with-cost.md). Stock that Zoho owns is a report without cost.
 * - What Zoho reports is booked as the difference to its last report, so movements made here meanwhile stay.
 * - Everybody sees the stock of the warehouses in their row scope; the cost of a movement needs catalog:cost.
 */
export const stockModule: Module = {
  name: 'stock',
  entities: [StockLevel, StockMovement, ProductCost],
  unaudited: [ProductCost],
  resolvers: [StockResolver, StockValuationResolver, ProductStockResolver, BulkAdjustmentResolver],
  costs: { 'Query.stockValuation': 1000 },
  permissions: {
    'Query.stockLevels': permission('stock:read'),
    'Query.stockMovements': permission('stock:read'),
    'Query.stockValuation': permission('catalog:cost'),
    'Mutation.adjustStock': permission('stock:write'),
    'Mutation.previewStockAdjustment': permission('stock:write'),
    'Mutation.recordStockAdjustment': permission('stock:write'),
    'Mutation.transferStock': permission('stock:write'),
    'Product.stockLevels': permission('stock:read'),
    'StockMovement.unitCost': permission('catalog:cost'),
    'StockMovement.value': permission('catalog:cost'),
    'AdjustedStock.value': permission('catalog:cost'),
    'StockAdjustmentPreview.value': permission('catalog:cost'),
    'StockAdjustmentRecorded.value': permission('catalog:cost'),
  },
  ownership: { Stock: { owners: stockOwners, names: { stock: 'StockLevel' } } },
  jobs: (services) => [openStockJob(services)],
  schedules: [openStockSchedule],
  extends: [productStock],
};
