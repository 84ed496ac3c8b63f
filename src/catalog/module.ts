import { can } from '../kernel/viewer.js';
import { permission, type Module } from '../platform/module.js';
import { Category } from './category.entity.js';
import { ProductImage } from './product-image.entity.js';
import { productOwners } from './product-ownership.js';
import { ProductStock } from './product-stock.entity.js';
import { Product } from './product.entity.js';
import { productChanged } from './product.events.js';
import { CategoryResolver, ProductChangeResolver, ProductResolver } from './product.resolver.js';

/**
 * Catalog: what we sell.
 *
 * - A product without an external ref is the ERP's own; one with it follows the ownership table of the phase.
 * - Base prices are USD; what nobody told is null, never 0.
 * - Stock is a row of its own and does not move the product's version.
 * - Who lacks catalog:all sees what is for sale; cost needs catalog:cost on every path.
 */
export const catalogModule: Module = {
  name: 'catalog',
  entities: [Category, Product, ProductStock, ProductImage],
  resolvers: [ProductResolver, CategoryResolver, ProductChangeResolver],
  permissions: {
    'Query.products': permission('catalog:read'),
    'Query.product': permission('catalog:read'),
    'Query.categories': permission('catalog:read'),
    'Mutation.updateProduct': permission('catalog:write'),
    'Product.cost': permission('catalog:cost'),
  },
  changes: {
    product: {
      event: productChanged.eventName,
      permission: 'catalog:read',
      accepts: (event, viewer) => can(viewer, 'catalog:all') || event.data['visible'] === true,
    },
  },
  ownership: { Product: productOwners },
};
