import { permission, type Module } from '../platform/module.js';
import { findRowScope } from './row-scope.queries.js';
import { CustomerBulkResolver } from './customer-bulk.resolver.js';
import { Customer, CustomerAddress, CustomerContact, CustomerUser, customerOwners } from './customer.entity.js';
import { customerChanged } from './customer.events.js';
import { CreateCustomerInput, UpdateCustomerInput, UpsertCustomerInput } from './customer.inputs.js';
import { CustomerChangeResolver, CustomerResolver } from './customer.resolver.js';

/**
 * Customers: who buys.
 *
 * - Staff see all customers, a salesperson those they look after, a client only itself. One row-level filter
 *   (customerScope) holds on every path.
 * - A customer buys by one price list and in one agreed currency; the credit limit is in that currency.
 * - Archived, never deleted; a duplicate is merged and points at the one that stays.
 */
export const customersModule: Module = {
  name: 'customers',
  entities: [Customer, CustomerAddress, CustomerContact, CustomerUser],
  resolvers: [CustomerResolver, CustomerBulkResolver, CustomerChangeResolver],
  permissions: {
    'Query.customers': permission('customers:read'),
    'Query.customer': permission('customers:read'),
    'Mutation.createCustomer': permission('customers:write'),
    'Mutation.updateCustomer': permission('customers:write'),
    'Mutation.replaceCustomerDetails': permission('customers:write'),
    'Mutation.archiveCustomer': permission('customers:write'),
    'Mutation.upsertCustomers': permission('customers:write'),
    'Mutation.setCustomerMetadata': permission('customers:write'),
    'Customer.metadata': permission('customers:all'),
    'Customer.notes': permission('notes:read'),
    'Mutation.mergeCustomers': permission('customers:write'),
    'Mutation.linkCustomerUser': permission('users:manage'),
  },
  changes: {
    customer: {
      event: customerChanged.eventName,
      permission: 'customers:read',
      perPerson: true,
      everything: 'customers:all',
      accepts: (event, viewer) =>
        viewer.kind === 'user' &&
        (viewer.rowScope.customerId === event.entityId ||
          (event.data['salespersonIds'] as string[]).includes(viewer.userId)),
    },
  },
  ownership: {
    Customer: {
      owners: customerOwners,
      fields: {
        entity: Customer,
        kept: [
          'id',
          'code',
          'externalRef',
          'searchText',
          'mergedIntoId',
          'version',
          'createdAt',
          'updatedAt',
          'archivedAt',
        ],
        beside: ['addresses', 'contacts'],
        inputs: [CreateCustomerInput, UpdateCustomerInput, UpsertCustomerInput],
        notOwned: ['id', 'version', 'code'],
      },
      names: { priceListId: 'priceList', salespersonId: 'salesperson' },
    },
  },
  services: ({ db }) => ({ provides: { rowScopeOf: (userId) => findRowScope(db, userId) } }),
};
