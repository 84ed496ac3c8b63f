import { isBusinessDate } from '../kernel/clock.js';
import { badInput } from '../kernel/errors.js';
import { mapAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { accountStatementReport } from '../ledger/account-statement.queries.js';
import { balanceSheetReport } from '../ledger/balance-sheet.queries.js';
import { cashPositionReport } from '../ledger/cash-position.queries.js';
import { generalLedgerReport } from '../ledger/general-ledger.queries.js';
import { partyBalancesReport } from '../ledger/party-balance.queries.js';
import { profitAndLossReport } from '../ledger/profit-and-loss.queries.js';
import { trialBalanceReport } from '../ledger/trial-balance.queries.js';
import { type FilterName, type ReportDefinition, type ReportFilters, reportFilters } from '../platform/read/report.js';
import { vendorAgeingReport, receivablesAgeingReport } from './ageing.queries.js';
import { collectionsReport } from './collection.queries.js';
import { orderBookReport } from './order-book.queries.js';
import { salesReport } from './sales.queries.js';
import { tillShiftsReport } from './shift-sum.queries.js';
import { inventoryFlowReport, inventoryValueReport } from './stock-value.queries.js';
import { taxesReport } from './tax-sum.queries.js';

/** Every report that is a file too, by its root field. */
export const REPORT_FILES: ReadonlyMap<string, ReportDefinition> = new Map(
  [
    trialBalanceReport,
    accountStatementReport,
    generalLedgerReport,
    profitAndLossReport,
    balanceSheetReport,
    cashPositionReport,
    partyBalancesReport,
    salesReport,
    receivablesAgeingReport,
    vendorAgeingReport,
    collectionsReport,
    orderBookReport,
    taxesReport,
    tillShiftsReport,
    inventoryValueReport,
    inventoryFlowReport,
  ].map((report) => [report.root, report]),
);

/** What root fields call a filter otherwise than it is called here. */
const ALIASES: Readonly<Record<string, FilterName>> = { on: 'to', customerId: 'partyId', account: 'accounts' };

const DAYS: ReadonlySet<string> = new Set(['from', 'to']);

function valueOf(report: ReportDefinition, filter: FilterName, name: string, text: string): unknown {
  if (DAYS.has(filter) && !isBusinessDate(text)) throw badInput(name, msg`Not a valid date.`);
  if (filter === 'by' && !report.groups?.includes(text)) {
    throw badInput(name, msg`Give one of ${(report.groups ?? []).join(', ')}.`);
  }
  if (filter !== 'accounts') return text;
  return text.split(',').map((code) => {
    if (!/^\d{4,5}$/.test(code)) throw badInput(name, msg`There is no account ${code}.`);
    return Number(code);
  });
}

/** The filters of a file by the words of its address. What a report does not honour is refused. Throws BAD_INPUT. */
export function filtersOf(
  report: ReportDefinition,
  words: Readonly<Record<string, unknown>>,
  today: string,
): ReportFilters {
  const given = mapAll(Object.entries(words), ([name, text]): [FilterName, unknown] => {
    const filter = ALIASES[name] ?? (name as FilterName);
    if (!report.filters.includes(filter) || typeof text !== 'string') {
      throw badInput(name, msg`This report takes no ${name}.`);
    }
    return [filter, valueOf(report, filter, name, text)];
  });
  const known: Partial<Record<FilterName, unknown>> = Object.fromEntries(given);
  for (const name of report.required ?? []) {
    if (known[name] === undefined) throw badInput(name, msg`Give ${name}.`);
  }
  const from = report.filters.includes('from') ? (known.from ?? report.earliest) : (known.to ?? today);
  return reportFilters({ by: report.groups?.[0], ...known, from }, today);
}
