import { permission, type Module } from '../platform/module.js';
import { ClientDashboardResolver, HomeDashboardResolver, SalespersonDashboardResolver } from './dashboard.resolver.js';
import { AgeingResolver } from './ageing.resolver.js';
import { DocumentReportsResolver } from './document-reports.resolver.js';
import { reportFileRoutes } from './report-file.route.js';
import { keepSalesJob, keepSalesSchedule } from './keep-sales.job.js';
import { ReportResolver } from './report.resolver.js';
import { SalesDay, SalesHead } from './sales-day.entity.js';
import { SalesResolver } from './sales.resolver.js';
import { StockValueResolver } from './stock-value.resolver.js';

/**
 * Reporting: dashboards and reports. It keeps the sales of days, otherwise it only reads, and shows each viewer the documents and warehouses they may see.
 *
 * - A report is one statement: its root field pages it, its file reads it to the end, and dashboards show its figures.
 * - The sales of days are kept after the numbers of the journal; what has no row yet is read from its lines, so a report
 *   is exact whether the job has run or not.
 * - Amounts are sums of the journal, quantities those of the lines of documents.
 */
export const reportingModule: Module = {
  name: 'reporting',
  entities: [SalesDay, SalesHead],
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
  jobs: (services) => [keepSalesJob(services)],
  schedules: [keepSalesSchedule],
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
