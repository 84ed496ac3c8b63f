import { eventLog } from './20261120000100-event-log.js';
import { identity } from './20261120000200-identity.js';
import { catalog } from './20261120000300-catalog.js';
import { sync } from './20261120000400-sync.js';
import { deployments } from './20261120000500-deployments.js';
import { operations } from './20261120000600-operations.js';
import { inboxHotPath } from './20261120000700-inbox-hot-path.js';
import { organisation } from './20261120000800-organisation.js';
import { stockLedger } from './20261120000900-stock-ledger.js';
import { prices } from './20261120001000-prices.js';
import { customers } from './20261120001100-customers.js';
import { accounts } from './20261120001200-accounts.js';
import { keptCounts } from './20261120001300-kept-counts.js';
import { exports } from './20261120001400-exports.js';
import { storedImages } from './20261120001500-stored-images.js';
import { productSorting } from './20261121000100-product-sorting.js';
import { orders } from './20261121000200-orders.js';
import { purchasing } from './20261121000300-purchasing.js';
import { till } from './20261121000400-till.js';
import { signInSafety } from './20261122000100-sign-in-safety.js';
import { deploymentRecord } from './20261122000300-deployment-record.js';
import { deploymentLog } from './20261122000310-deployment-log.js';
import { attemptDeployment } from './20261122000320-attempt-deployment.js';
import { noticeCursors } from './20261122050000-notice-cursors.js';
import { systemJobs } from './20261122060000-system-jobs.js';
import { reportedContacts } from './20261122060100-reported-contacts.js';
import { queueWorkers } from './20261122070100-queue-workers.js';
import { voidDays } from './20261122070200-void-days.js';
import { foreignKeys } from './20261123000100-references.js';
import { foreignKeysValidated } from './20261123000110-references-validated.js';
import { ledgerHistory } from './20261123000200-ledger-history.js';
import { taxesAndBranches } from './20261123000300-taxes-and-branches.js';
import { productWarranty } from './20261124000100-product-warranty.js';
import { productBarcode } from './20261124000200-product-barcode.js';
import { journal } from './20261125000100-journal.js';
import { journalOfEntries } from './20261125000200-journal-of-entries.js';
import { journalOfPurchases } from './20261125000210-journal-of-purchases.js';
import { journalDays } from './20261125000220-journal-days.js';
import { journalRules } from './20261125000300-journal-rules.js';
import { journalByProduct } from './20261125000400-journal-by-product.js';
import { chartOfTheAccountant } from './20261126000100-chart-of-the-accountant.js';
import { balanceAssertions } from './20261126000110-balance-assertions.js';
import { productCosts } from './20261126010100-product-costs.js';
import { goodsReceipts } from './20261126010200-goods-receipts.js';
import { billCosts } from './20261126010300-bill-costs.js';
import { journalOfServices } from './20261126010350-journal-of-services.js';
import { vendorCredits } from './20261126010400-vendor-credits.js';
import { stockCounts } from './20261126010500-stock-counts.js';
import { goodsTransfers } from './20261126010600-goods-transfers.js';
import { cashBoxes } from './20261126020100-cash-boxes.js';
import { cashBoxRules } from './20261126020110-cash-box-rules.js';
import { tillBoxes } from './20261126020200-till-boxes.js';
import { cashTransfers } from './20261126020300-cash-transfers.js';
import { expenses } from './20261126020400-expenses.js';
import { commissions } from './20261126020500-commissions.js';
import { orderLinesClosed } from './20261126030100-order-lines-closed.js';
import { shipments } from './20261126030200-shipments.js';
import { quotes } from './20261126030300-quotes.js';
import { allocationsOverCurrencies } from './20261126040100-allocations-over-currencies.js';
import { refundsCanBeVoided } from './20261126040150-refunds-can-be-voided.js';
import { settledDays } from './20261126040200-settled-days.js';
import { allocationsInTheJournal } from './20261126040300-allocations-in-the-journal.js';
import { kindsOfDocuments } from './20261126040400-kinds-of-documents.js';
import { openingBatches } from './20261126040500-opening-batches.js';
import { companyDetails } from './20261126060100-company-details.js';
import { orderLinesBackordered } from './20261127010000-order-lines-backordered.js';
import { units } from './20261127010100-units.js';
import { goodsReceiptsVoided } from './20261127010200-goods-receipts-voided.js';
import { damagedGoods } from './20261127010300-damaged-goods.js';
import { reasonsOfAllocations } from './20261127020000-reasons-of-allocations.js';
import { excessOfPayments } from './20261127021000-excess-of-payments.js';
import { refundsVoidedAtTills } from './20261127022000-refunds-voided-at-tills.js';
import { expenseAttachments } from './20261127023000-expense-attachments.js';
import { salesDays } from './20261127030000-sales-days.js';
import { entriesPostedAnew } from './20261127050000-entries-posted-anew.js';
import { reportedDocuments } from './20261127050100-reported-documents.js';
import { reportedInvoices } from './20261127050110-reported-invoices.js';
import { reportedPayments } from './20261127050200-reported-payments.js';
import { reportedOrders } from './20261127050300-reported-orders.js';
import { mastersOfTheSource } from './20261127060000-masters-of-the-source.js';
import { percentagePriceLists } from './20261127060100-percentage-price-lists.js';
import { imagesOfTheSource } from './20261127060200-images-of-the-source.js';
import { stockAdjustments } from './20261127060300-stock-adjustments.js';
import { zohoCallLanes } from './20261127070000-zoho-call-lanes.js';
import { editableSchedules } from './20261127070100-editable-schedules.js';
import { queueHolds } from './20261127070200-queue-holds.js';
import { expectedOfRuns } from './20261127070300-expected-of-runs.js';
import { syncIssues } from './20261127070400-sync-issues.js';
import { syncReplays } from './20261127070500-sync-replays.js';
import { syncAlerts } from './20261127070600-sync-alerts.js';

/** In order, explicit: a glob would depend on the build's folder. */
export const migrations = [
  eventLog,
  identity,
  catalog,
  sync,
  deployments,
  operations,
  inboxHotPath,
  organisation,
  stockLedger,
  prices,
  customers,
  accounts,
  keptCounts,
  exports,
  storedImages,
  productSorting,
  orders,
  purchasing,
  till,
  signInSafety,
  deploymentRecord,
  deploymentLog,
  attemptDeployment,
  noticeCursors,
  systemJobs,
  reportedContacts,
  queueWorkers,
  voidDays,
  foreignKeys,
  foreignKeysValidated,
  ledgerHistory,
  taxesAndBranches,
  productWarranty,
  productBarcode,
  journal,
  journalOfEntries,
  journalOfPurchases,
  journalDays,
  journalRules,
  journalByProduct,
  chartOfTheAccountant,
  balanceAssertions,
  productCosts,
  goodsReceipts,
  billCosts,
  journalOfServices,
  vendorCredits,
  stockCounts,
  goodsTransfers,
  cashBoxes,
  cashBoxRules,
  tillBoxes,
  cashTransfers,
  expenses,
  commissions,
  orderLinesClosed,
  shipments,
  quotes,
  allocationsOverCurrencies,
  refundsCanBeVoided,
  settledDays,
  allocationsInTheJournal,
  kindsOfDocuments,
  openingBatches,
  companyDetails,
  orderLinesBackordered,
  units,
  goodsReceiptsVoided,
  damagedGoods,
  reasonsOfAllocations,
  excessOfPayments,
  refundsVoidedAtTills,
  expenseAttachments,
  salesDays,
  entriesPostedAnew,
  reportedDocuments,
  reportedInvoices,
  reportedPayments,
  reportedOrders,
  mastersOfTheSource,
  percentagePriceLists,
  imagesOfTheSource,
  stockAdjustments,
  zohoCallLanes,
  editableSchedules,
  queueHolds,
  expectedOfRuns,
  syncIssues,
  syncReplays,
  syncAlerts,
];
