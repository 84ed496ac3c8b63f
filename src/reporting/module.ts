import { permission, type Module } from '../platform/module.js';
import { ClientDashboardResolver, HomeDashboardResolver, SalespersonDashboardResolver } from './dashboard.resolver.js';
import { AgeingResolver } from './ageing.resolver.js';
import { DocumentReportsResolver } from './document-reports.resolver.js';
import { reportFileRoutes } from './report-file.route.js';
import { ReportResolver } from './report.resolver.js';
import { SalesResolver } from './sales.resolver.js';
import { StockValueResolver } from './stock-value.resolver.js';

/**
 * Reporting: dashboards and reports. It only reads, and shows each viewer the documents and warehouses they may see.
 *
 * - A report is one statement: its root field pages it, its file reads it to the end, and dashboards show its figures.
 * - Amounts are sums of the journal, quantities those of the lines of documents.
 */
export const reportingModule: Module = {
  name: 'reporting',
  entities: [],
  resolvers: [
    ReportResolver,
    SalesResolver,
    AgeingResolver,
    DocumentReportsResolver,
    StockValueResolver,
    HomeDashboardResolver,
    ClientDashboardResolver,
    SalespersonDashboardResolver,
  ],
  // Each reads the documents of a period: some 5 to 50 ms, against 5 for a page of a list.
  costs: {
    'Query.report': 3000,
    'Query.sales': 3000,
    'Query.receivablesAgeing': 1000,
    'Query.vendorAgeing': 1000,
    'Query.collections': 1000,
    'Query.orderBook': 1000,
    'Query.taxSums': 1000,
    'Query.tillShifts': 200,
    'Query.inventoryValue': 1000,
    'Query.inventoryFlow': 1000,
    'Query.homeDashboard': 500,
    'Query.salespersonDashboard': 500,
    'Query.clientDashboard': 200,
    'Query.inventoryOverview': 500,
  },
  routes: reportFileRoutes,
  permissions: {
    'Query.report': permission('reports:read'),
    'Query.sales': permission('reports:read'),
    'SalesRow.cost': permission('catalog:cost'),
    'SalesRow.margin': permission('catalog:cost'),
    'Query.receivablesAgeing': permission('reports:read'),
    'Query.vendorAgeing': permission('purchasing:read'),
    'Query.collections': permission('reports:read'),
    'Query.orderBook': permission('reports:read'),
    'Query.taxSums': permission('ledger:read'),
    'Query.tillShifts': permission('till:use'),
    'Query.inventoryValue': permission('catalog:cost'),
    'Query.inventoryFlow': permission('stock:read'),
    'Query.homeDashboard': permission('reports:read'),
    'Query.salespersonDashboard': permission('reports:read'),
    'Query.clientDashboard': permission('orders:read'),
    'Query.inventoryOverview': permission('stock:read'),
    'WarehouseOverview.value': permission('catalog:cost'),
  },
};
