/**
 * Keys of Zoho's sales documents whose values nothing here moves; a faithful body has them all the same.
 */
import type { Body } from '../resource.js';
import { filled } from './filled.js';

/** Of one invoice. */
export const INVOICE_KEYS: Body = {
  ...filled(
    'channel_invoice_id account_identifier offline_created_date_with_time recurring_invoice_id ' +
      'payment_terms_id early_payment_discount_due_days zcrm_potential_id zcrm_potential_name ' +
      'retention_override_preference discount_account_id discount_account_name adjustment_account_id ' +
      'adjustment_account_name tax_override_preference shipping_charge_tax_id shipping_charge_tax_name ' +
      'shipping_charge_tax_type shipping_charge_tax_percentage shipping_charge_tax_exemption_id ' +
      'shipping_charge_tax_exemption_code shipping_charge_tax bcy_shipping_charge_tax ' +
      'shipping_charge_tax_formatted shipping_charge_exclusive_of_tax_formatted ' +
      'shipping_charge_inclusive_of_tax_formatted shipping_charge_account_id shipping_charge_account_name ' +
      'contact_category tds_calculation_type payment_expected_date attachment_name computation_type ' +
      'merchant_id merchant_name ecomm_operator_id ecomm_operator_name last_reminder_sent_date ' +
      'next_reminder_date_formatted submitter_id approver_id submitted_date submitted_by submitted_by_name ' +
      'submitted_by_email submitted_by_photo_url invoice_url subject_content last_modified_by_id page_width ' +
      'page_height orientation is_backorder sales_channel color_code current_sub_status_id estimate_id ' +
      'schedule_time',
    '',
  ),
  ...filled(
    'is_last_child_invoice is_early_payment_discount_applicable is_progress_invoice can_show_kit_return ' +
      'is_kit_partial_return is_autobill_enabled inprocess_transaction_present allow_partial_payments ' +
      'is_inclusive_tax stop_reminder_until_payment_expected_date ach_supported ach_payment_initiated ' +
      'reader_offline_payment_initiated can_send_in_mail is_client_review_settings_enabled ' +
      'includes_package_tracking_info',
    false,
  ),
  ...filled(
    'unprocessed_payment_amount early_payment_discount_percentage early_payment_discount_amount ' +
      'total_retention_amount sub_total_inclusive_of_tax payment_discount reminders_sent ' +
      'unused_retainer_payments tax_amount_withheld',
    0,
  ),
  ...filled(
    'customer_custom_fields invoice_installments locked_actions retention_items shipping_charge_taxes ' +
      'exceptions contact_persons contact_persons_associated documents in_process_payments deliverychallans ' +
      'shipping_bills contact_persons_details sub_statuses approvers_list tags exchange_invoices',
    [],
  ),
  customer_custom_field_hash: {},
  payment_reminder_enabled: true,
  lock_details: { can_lock: false },
  lock_detail: { can_lock: true, custom_locks: [], system_locks: [] },
  account_id: '5270413000000000364',
  account_name: 'Accounts Receivable',
  is_discount_before_tax: true,
  rounding_mode: 'round_half_up',
  bcy_rounding_mode: 'round_half_up',
  tax_rounding: 'entity_level',
  can_send_invoice_sms: true,
  payment_options: { payment_gateways: [] },
  template_id: '5270413000000017001',
  template_name: 'Standard Template',
  template_type: 'standard',
  created_by_id: '5270413000000093001',
  created_by_name: 'Demo User',
  customer_default_billing_address: {
    zip: '',
    country: '',
    address: '',
    city: '',
    phone: '',
    city_code: '',
    street2: '',
    state: '',
    fax: '',
    state_code: '',
  },
  qr_code: { qr_source: '', is_qr_enabled: false, qr_value: '', qr_description: '' },
};

/** Of a line of an invoice. */
export const INVOICE_LINE_KEYS: Body = {
  ...filled(
    'internal_name discount_account_id discount_account_name header_id header_name pricebook_id ' +
      'image_document_id bill_id bill_item_id committed_stock available_for_sale_stock project_id ' +
      'expense_id expense_receipt_name purchase_rate',
    '',
  ),
  ...filled('cost_amount markup_percent', 0),
  ...filled('discounts item_custom_fields tags documents time_entry_ids mapped_items', []),
  account_id: '5270413000000000388',
  account_name: 'Sales',
  pricing_scheme: 'unit',
  item_code: {},
  is_modifier_item: false,
  line_item_category: 'line_item',
};

/** Of an invoice in a list. */
export const INVOICE_ROW_KEYS: Body = {
  ...filled(
    'zcrm_potential_id zcrm_potential_name project_name payment_expected_date color_code ' +
      'current_sub_status_id schedule_time invoice_url last_reminder_sent_date documents',
    '',
  ),
  ...filled('ach_payment_initiated has_attachment', false),
  ...filled('reminders_sent unprocessed_payment_amount', 0),
  created_by: 'Demo User',
  tags: [],
  template_type: 'standard',
  sales_channel: 'direct_sales',
  transaction_type: 'renewal',
  template_id: '5270413000000017001',
};

/** Of one credit note. */
export const CREDIT_NOTE_KEYS: Body = {
  ...filled(
    'subject_content offline_created_date_with_time sales_channel client_viewed_time tds_calculation_type ' +
      'contact_category tax_override_preference color_code current_sub_status_id page_width page_height ' +
      'orientation discount_account_id discount_account_name adjustment_account_id adjustment_account_name ' +
      'submitter_id approver_id submitted_date submitted_by submitted_by_name submitted_by_email ' +
      'submitted_by_photo_url shipping_charge_tax_id shipping_charge_tax_name shipping_charge_tax_type ' +
      'shipping_charge_tax_percentage shipping_charge_tax_exemption_id shipping_charge_tax_exemption_code ' +
      'shipping_charge_tax bcy_shipping_charge_tax shipping_charge_tax_formatted ' +
      'shipping_charge_exclusive_of_tax_formatted shipping_charge_inclusive_of_tax_formatted ' +
      'shipping_charge_account_id shipping_charge_account_name transaction_rounding_type computation_type',
    '',
  ),
  ...filled('is_viewed_by_client is_inclusive_tax', false),
  ...filled(
    'contact_persons contact_persons_associated exceptions sub_statuses documents shipping_charge_taxes ' +
      'locked_actions approvers_list tags',
    [],
  ),
  created_by_id: '5270413000000093001',
  last_modified_by_id: '5270413000000093001',
  created_by_name: 'Demo User',
  tax_rounding: 'entity_level',
  template_id: '5270413000000017005',
  template_type: 'standard',
  template_name: 'Standard Template',
  is_discount_before_tax: true,
  account_id: '5270413000000000364',
  account_name: 'Accounts Receivable',
  rounding_mode: 'round_half_up',
  bcy_rounding_mode: 'round_half_up',
  sub_total_inclusive_of_tax: 0,
  lock_details: { can_lock: false },
  lock_detail: { can_lock: true, custom_locks: [], system_locks: [] },
};

/** Of a line of a credit note. */
export const CREDIT_LINE_KEYS: Body = {
  ...filled(
    'internal_name project_id pricebook_id discount_account_id discount_account_name sales_margin ' +
      'image_document_id',
    '',
  ),
  ...filled('can_skip_stock_tracking is_credit_only_item is_modifier_item', false),
  ...filled('item_custom_fields discounts tags mapped_items', []),
  account_id: '5270413000000000388',
  account_name: 'Sales',
  pricing_scheme: 'unit',
  line_item_category: 'line_item',
  item_code: {},
};

/** Of a credit note in a list. */
export const CREDIT_ROW_KEYS: Body = {
  ...filled('client_viewed_time color_code current_sub_status_id', ''),
  ...filled('has_attachment is_viewed_by_client', false),
  template_id: '5270413000000017005',
  template_type: 'standard',
  rounding_mode: 'round_half_up',
  tags: [],
};

/** Of one sales order. */
export const ORDER_KEYS: Body = {
  ...filled('estimate_id delivery_method pricebook_id', ''),
  ...filled('contact_persons_associated packages sub_statuses', []),
  is_discount_before_tax: true,
  is_inclusive_tax: false,
  sales_channel: 'direct_sales',
};

/** Of a line of a sales order. */
export const ORDER_LINE_KEYS: Body = {
  ...filled('quantity_packed quantity_shipped', 0),
  ...filled('item_custom_fields tags', []),
  product_type: 'goods',
};

/** Of a sales order in a list. */
export const ORDER_ROW_KEYS: Body = {
  ...filled('zcrm_potential_id zcrm_potential_name shipment_days', ''),
  has_attachment: false,
};
