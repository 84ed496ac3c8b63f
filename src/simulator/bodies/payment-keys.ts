/**
 * The same of bills and payments.
 */
import type { Body } from '../resource.js';
import { filled } from './filled.js';

/** Of one bill. */
export const BILL_KEYS: Body = {
  ...filled(
    'contact_category color_code current_sub_status_id tds_calculation_type payment_expected_date ' +
      'scanned_po_number scanned_po_id recurring_bill_id due_by_days subject_content client_viewed_time ' +
      'bill_order_type submitted_date submitted_by submitted_by_name submitted_by_email ' +
      'submitted_by_photo_url submitter_id approver_id discount_account_id discount_account_name ' +
      'computation_type tax_override_preference reference_id attachment_name page_width page_height ' +
      'orientation adjustment_account_id adjustment_account_name',
    '',
  ),
  ...filled(
    'is_viewed_by_client is_item_level_tax_calc is_inclusive_tax is_uber_bill is_tally_bill ' +
      'track_discount_in_account is_bill_reconciliation_violated is_line_item_invoiced is_approval_required ' +
      'can_send_in_mail',
    false,
  ),
  ...filled(
    'non_catalog_items_count unused_credits_payable_amount sub_total_inclusive_of_tax ' +
      'vendor_credits_applied unprocessed_payment_amount total_retention_amount',
    0,
  ),
  ...filled(
    'sub_statuses documents purchaseorders vendor_credits allocated_landed_costs unallocated_landed_costs ' +
      'retention_items approvers_list tags',
    [],
  ),
  discount_setting: 'flat',
  tax_rounding: 'entity_level',
  is_discount_before_tax: true,
  billing_address_id: '5270413000000084072',
  created_by_id: '5270413000000093001',
  last_modified_id: '5270413000000093001',
  template_id: '5270413000000031017',
  template_name: 'Standard Template',
  template_type: 'standard',
  entity_type: 'bill',
  account_id: '5270413000000000373',
  account_name: 'Accounts Payable',
};

/** Of a line of a bill. */
export const BILL_LINE_KEYS: Body = {
  ...filled(
    'purchaseorder_id purchaseorder_item_id image_document_id account_code sales_rate pricebook_id ' +
      'header_id header_name discount_account_id discount_account_name image_name image_type customer_id ' +
      'receipt_line_item_id customer_name project_id project_name invoice_id invoice_number ' +
      'item_matching_type',
    '',
  ),
  ...filled('tags discounts item_custom_fields purchase_request_items receive_line_items', []),
  line_item_category: 'line_item',
  account_id: '5270413000000034001',
  account_name: 'Inventory Asset',
  markup_percent: 0,
  item_code: {},
  is_billable: false,
};

/** Of a bill in a list. */
export const BILL_ROW_KEYS: Body = {
  ...filled(
    'color_code current_sub_status_id created_time_formatted last_modified_time_formatted attachment_name ' +
      'client_viewed_time',
    '',
  ),
  ...filled('has_attachment is_uber_bill is_tally_bill is_viewed_by_client is_bill_reconciliation_violated', false),
  ...filled('tds_total unprocessed_payment_amount', 0),
  created_by: 'Demo User',
  last_modified_by: 'Demo User',
  tags: [],
  entity_type: 'bill',
};

/** Of one payment of a customer. */
export const PAYMENT_KEYS: Body = {
  ...filled(
    'sales_channel account_identifier payment_link_id payment_number_prefix beat_id beat_number ' +
      'journey_plan_id sales_person_id sales_person_name card_type offline_created_date_with_time ' +
      'bank_charges_account_id bank_charges_account_name tax_account_id tax_account_name ' +
      'online_transaction_id payment_gateway settlement_status tender_id last_four_digits page_width ' +
      'page_height orientation attachment_name',
    '',
  ),
  ...filled('is_client_review_settings_enabled is_early_payment_discount_applicable is_ondc_channel', false),
  ...filled('tax_amount_withheld discount_amount', 0),
  ...filled('locked_actions documents deposit_details imported_transactions tags', []),
  created_by: 'Demo User',
  lock_details: { can_lock: false },
  account_type: 'cash',
  customer_advance_account_id: '5270413000000000364',
  customer_advance_account_name: 'Accounts Receivable',
  payment_status: 'paid',
  template_id: '5270413000000039005',
  template_name: 'Elite Template',
  template_type: 'elite',
  can_send_in_mail: true,
  can_send_payment_sms: true,
  is_payment_details_required: true,
  rounding_mode: 'round_half_up',
};

/** Of an invoice that a payment settles. */
export const PAID_INVOICE_KEYS: Body = {
  ...filled('invoice_customer_id invoice_customer_name allow_partial_payments', ''),
  ...filled('tax_amount_withheld discount_amount', 0),
  ...filled('invoice_installments installments', []),
  is_early_payment_discount_applicable: false,
};

/** Of a payment in a list. */
export const PAYMENT_ROW_KEYS: Body = {
  ...filled(
    'last_four_digits gateway_transaction_id payment_gateway documents custom_fields_list tax_account_id ' +
      'tax_account_name settlement_status sales_channel',
    '',
  ),
  has_attachment: false,
  tags: [],
  tax_amount_withheld: 0,
  payment_status: 'paid',
};
