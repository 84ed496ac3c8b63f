import { can } from '../kernel/viewer.js';
import { permission, type Module } from '../platform/module.js';
import { Category } from './category.entity.js';
import { ProductImage } from './product-image.entity.js';
import { Product, productOwners } from './product.entity.js';
import { productChanged } from './product.events.js';
import { CategoryResolver } from './category.resolver.js';
import { ProductImageResolver } from './image.resolver.js';
import { imageSweepJob, imageSweepSchedule } from './image-sweep.job.js';
import { imageRoutes } from './image.route.js';
import { Price, PriceChange, PriceList } from './price-list.entity.js';
import { PriceListResolver, UpdatePriceListInput } from './price-list.resolver.js';
import { priceListOwners } from './price-list.service.js';
import { PriceChangeResolver, ProductPriceResolver, ProductPricesResolver } from './price.resolver.js';
import { ProductBulkResolver } from './product-bulk.resolver.js';
import { CreateProductInput, UpdateProductInput, UpsertProductInput } from './product.inputs.js';
import { ProductChangeResolver, ProductResolver } from './product.resolver.js';
import { Unit } from './unit.entity.js';
import { UnitResolver } from './unit.resolver.js';

/**
 * Catalog: what we sell, and for how much.
 *
 * - A product without an external ref is the ERP's own; one with it follows the ownership table of the phase.
 * - Base prices are USD; an unknown price is null, never 0. A client's price comes from the client's list and nowhere else.
 * - A quantity that people give has no more decimals than the unit of its product; what Zoho reports is taken as it is.
 * - Who lacks catalog:all sees what is for sale, consumers what is in stock and priced for them; cost needs catalog:cost,
 *   base prices prices:all, reorder levels catalog:all (field-rights.ts holds it on every path).
 */
export const catalogModule: Module = {
  name: 'catalog',
  entities: [Category, Product, ProductImage, PriceList, Price, PriceChange, Unit],
  resolvers: [
    ProductResolver,
    CategoryResolver,
    ProductBulkResolver,
    ProductChangeResolver,
    ProductImageResolver,
    PriceListResolver,
    PriceChangeResolver,
    ProductPriceResolver,
    ProductPricesResolver,
    UnitResolver,
  ],
  permissions: {
    'Query.products': permission('catalog:read'),
    'Query.product': permission('catalog:read'),
    'Query.productByCode': permission('catalog:read'),
    'Query.categories': permission('catalog:read'),
    'Query.category': permission('catalog:read'),
    'Query.priceLists': permission('catalog:read'),
    'Query.priceList': permission('catalog:read'),
    'Query.units': permission('catalog:read'),
    'Query.unit': permission('catalog:read'),
    'Query.priceHistory': permission('prices:all'),
    'Mutation.createProduct': permission('catalog:write'),
    'Mutation.updateProduct': permission('catalog:write'),
    'Mutation.upsertProducts': permission('catalog:write'),
    'Mutation.archiveProduct': permission('catalog:write'),
    'Mutation.setProductMetadata': permission('catalog:write'),
    'Mutation.removeProductImage': permission('catalog:write'),
    'Mutation.createCategory': permission('catalog:write'),
    'Mutation.updateCategory': permission('catalog:write'),
    'Mutation.archiveCategory': permission('catalog:write'),
    'Mutation.createUnit': permission('catalog:write'),
    'Mutation.updateUnit': permission('catalog:write'),
    'Mutation.createPriceList': permission('prices:write'),
    'Mutation.updatePriceList': permission('prices:write'),
    'Mutation.archivePriceList': permission('prices:write'),
    'Mutation.setPrices': permission('prices:write'),
    'Product.cost': permission('catalog:cost'),
    'Product.basePrice': permission('prices:all'),
    'Product.reorderLevel': permission('catalog:all'),
    'Product.metadata': permission('catalog:all'),
    'Product.prices': permission('prices:all'),
  },
  routes: imageRoutes,
  jobs: (services) => [imageSweepJob(services)],
  schedules: [imageSweepSchedule],
  changes: {
    product: {
      event: productChanged.eventName,
      // Consumers read the list again instead: whether they see a product depends on stock and price, which the event
      // does not hold.
      permission: 'catalog:active',
      accepts: (event, rights) => can(rights, 'catalog:all') || event.data['visible'] === true,
    },
  },
  ownership: {
    Product: {
      owners: productOwners,
      fields: {
        entity: Product,
        kept: ['id', 'externalRef', 'popularity', 'searchText', 'version', 'createdAt', 'updatedAt', 'archivedAt'],
        inputs: [CreateProductInput, UpdateProductInput, UpsertProductInput],
        notOwned: ['id', 'version'],
      },
      names: { basePrice: 'basePriceUsd', cost: 'costUsd', categoryId: 'category' },
    },
    PriceList: {
      owners: priceListOwners,
      fields: {
        entity: PriceList,
        kept: ['id', 'code', 'currency', 'externalRef', 'version', 'createdAt', 'archivedAt'],
        beside: ['prices'],
        inputs: [UpdatePriceListInput],
        notOwned: ['id', 'version'],
      },
    },
  },
};
