import { permission, type Module } from '../platform/module.js';
import { Branch } from './branch.entity.js';
import { Company, CompanyLogo } from './company.entity.js';
import { CompanyResolver } from './company.resolver.js';
import { ExchangeRate, Tax } from './currency.entity.js';
import { logoRoutes } from './logo.route.js';
import { DocumentSequenceRow } from './numbering.entity.js';
import { warehouseChanged } from './organisation.events.js';
import { OrganisationResolver } from './organisation.resolver.js';
import { UpdateTaxInput } from './tax-and-branch.inputs.js';
import { TaxAndBranchResolver } from './tax-and-branch.resolver.js';
import { taxOwners } from './tax.service.js';
import { UserWarehouseRow } from './user-warehouse.entity.js';
import { Warehouse } from './warehouse.entity.js';

/**
 * Organisation: where the company is and what it counts in.
 *
 * - One primary warehouse, always: stock that names no warehouse goes there.
 * - A rate holds from its day until the next one; documents keep the rate they were made with.
 * - One company, whose details and logo stand on its papers.
 * - Document numbers have no gaps: they are taken in the document's own Tx, under the lock of their type and branch.
 */
export const organisationModule: Module = {
  name: 'organisation',
  entities: [Branch, Warehouse, ExchangeRate, Tax, DocumentSequenceRow, UserWarehouseRow, Company, CompanyLogo],
  // The company says which logo it has; its bytes would fill the audit.
  unaudited: [CompanyLogo],
  resolvers: [OrganisationResolver, TaxAndBranchResolver, CompanyResolver],
  permissions: {
    'Query.branches': permission('organisation:read'),
    'Query.branch': permission('organisation:read'),
    'Query.warehouses': permission('organisation:read'),
    'Query.warehouse': permission('organisation:read'),
    'Query.taxes': permission('organisation:read'),
    'Query.tax': permission('organisation:read'),
    'Query.currencies': 'signed-in',
    'Query.exchangeRates': permission('organisation:read'),
    'Query.company': 'signed-in',
    'Mutation.updateCompany': permission('company:write'),
    'Mutation.createBranch': permission('organisation:write'),
    'Mutation.updateBranch': permission('organisation:write'),
    'Mutation.archiveBranch': permission('organisation:write'),
    'Mutation.createTax': permission('organisation:write'),
    'Mutation.updateTax': permission('organisation:write'),
    'Mutation.archiveTax': permission('organisation:write'),
    'Mutation.createWarehouse': permission('organisation:write'),
    'Mutation.updateWarehouse': permission('organisation:write'),
    'Mutation.assignWarehouses': permission('users:manage'),
    'Mutation.recordExchangeRate': permission('organisation:write'),
  },
  ownership: {
    Tax: {
      owners: taxOwners,
      fields: {
        entity: Tax,
        kept: ['id', 'code', 'externalRef', 'version', 'createdAt'],
        inputs: [UpdateTaxInput],
        notOwned: ['id', 'version'],
      },
    },
  },
  changes: { warehouse: { event: warehouseChanged.eventName, permission: 'organisation:read' } },
  routes: logoRoutes,
};
