import { can } from '../kernel/viewer.js';
import { permission, type Module } from '../platform/module.js';
import { Category } from './category.entity.js';
import { ProductImage } from './product-image.entity.js';
import { productOwners } from './product-ownership.js';
import { Product } from './product.entity.js';
import { productChanged } from './product.events.js';
import { CategoryResolver } from './category.resolver.js';
import { ProductImageResolver } from './image.resolver.js';
import { imageSweepJob, imageSweepSchedule } from './image-sweep.job.js';
import { imageRoutes } from './image.route.js';
import { Price, PriceChange, PriceList } from './price-list.entity.js';
import {
  PriceChangeResolver,
  PriceListResolver,
  ProductPriceResolver,
  ProductPricesResolver,
} from './price.resolver.js';
import { priceListOwners } from './price.service.js';
import { ProductBulkResolver } from './product-bulk.resolver.js';
import { ProductChangeResolver, ProductResolver } from './product.resolver.js';
import { StockLevel, StockMovement } from './stock.entity.js';
import { StockResolver, StockValuationResolver } from './stock.resolver.js';

/**
 * Catalog: what we sell, for how much, and what lies where.
 *
 * - A product without an external ref is the ERP's own; one with it follows the ownership table of the phase.
 * - Base prices are USD; what nobody told is null, never 0. A client's price comes from the client's list and nowhere else.
 * - Stock is a ledger: levels are the sum of their movements, written in the same commit under the level's lock, always in
 *   the order product, place. It does not move the product's version.
 * - Who lacks catalog:all sees what is for sale, consumers what is in stock and priced for them; cost needs catalog:cost,
 *   base prices prices:all, reorder levels catalog:all (field-rights.ts holds it on every path).
 */
export const catalogModule: Module = {
  name: 'catalog',
  entities: [Category, Product, ProductImage, StockLevel, StockMovement, PriceList, Price, PriceChange],
  resolvers: [
    ProductResolver,
    CategoryResolver,
    ProductBulkResolver,
    ProductChangeResolver,
    ProductImageResolver,
    StockResolver,
    StockValuationResolver,
    PriceListResolver,
    PriceChangeResolver,
    ProductPriceResolver,
    ProductPricesResolver,
  ],
  costs: { 'Query.stockValuation': 1000 },
  permissions: {
    'Query.products': permission('catalog:read'),
    'Query.product': permission('catalog:read'),
    'Query.categories': permission('catalog:read'),
    'Query.category': permission('catalog:read'),
    'Query.priceLists': permission('catalog:read'),
    'Query.priceList': permission('catalog:read'),
    'Query.priceHistory': permission('prices:all'),
    'Query.stockLevels': permission('stock:read'),
    'Query.stockMovements': permission('stock:read'),
    'Query.stockValuation': permission('catalog:cost'),
    'Mutation.createProduct': permission('catalog:write'),
    'Mutation.updateProduct': permission('catalog:write'),
    'Mutation.upsertProducts': permission('catalog:write'),
    'Mutation.archiveProduct': permission('catalog:write'),
    'Mutation.setProductMetadata': permission('catalog:write'),
    'Mutation.removeProductImage': permission('catalog:write'),
    'Mutation.createCategory': permission('catalog:write'),
    'Mutation.updateCategory': permission('catalog:write'),
    'Mutation.archiveCategory': permission('catalog:write'),
    'Mutation.createPriceList': permission('prices:write'),
    'Mutation.updatePriceList': permission('prices:write'),
    'Mutation.archivePriceList': permission('prices:write'),
    'Mutation.setPrices': permission('prices:write'),
    'Mutation.adjustStock': permission('stock:write'),
    'Mutation.transferStock': permission('stock:write'),
    'Product.cost': permission('catalog:cost'),
    'Product.basePrice': permission('prices:all'),
    'Product.reorderLevel': permission('catalog:all'),
    'Product.stockLevels': permission('stock:read'),
    'Product.metadata': permission('catalog:all'),
    'Product.prices': permission('prices:all'),
    'StockMovement.unitCost': permission('catalog:cost'),
  },
  routes: imageRoutes,
  jobs: (services) => [imageSweepJob(services)],
  schedules: [imageSweepSchedule],
  changes: {
    product: {
      event: productChanged.eventName,
      // Consumers ask again instead: whether they see a product hangs on stock and price, which an event does not tell.
      permission: 'catalog:active',
      accepts: (event, rights) => can(rights, 'catalog:all') || event.data['visible'] === true,
    },
  },
  ownership: { Product: productOwners, PriceList: priceListOwners },
};
