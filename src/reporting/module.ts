import { permission, type Module } from '../platform/module.js';
import {
  ClientDashboardResolver,
  HomeDashboardResolver,
  SalespersonDashboardResolver,
  WarehouseOverviewResolver,
} from './dashboard.resolver.js';
import { ReportResolver } from './report.resolver.js';

/**
 * Reporting: dashboards and reports. It only reads, and shows each viewer the documents and warehouses they may see.
 */
export const reportingModule: Module = {
  name: 'reporting',
  entities: [],
  resolvers: [
    ReportResolver,
    HomeDashboardResolver,
    ClientDashboardResolver,
    SalespersonDashboardResolver,
    WarehouseOverviewResolver,
  ],
  // Each reads the documents of a period: some 5 to 50 ms, against 5 for a page of a list.
  costs: {
    'Query.report': 3000,
    'Query.homeDashboard': 500,
    'Query.salespersonDashboard': 500,
    'Query.clientDashboard': 200,
    'Query.inventoryOverview': 500,
  },
  permissions: {
    'Query.report': permission('reports:read'),
    'Query.homeDashboard': permission('reports:read'),
    'Query.salespersonDashboard': permission('reports:read'),
    'Query.clientDashboard': permission('orders:read'),
    'Query.inventoryOverview': permission('stock:read'),
    'WarehouseOverview.value': permission('catalog:cost'),
  },
};
