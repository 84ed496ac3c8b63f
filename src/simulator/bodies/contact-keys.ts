/**
 * The same of contacts.
 */
import type { Body } from '../resource.js';
import { filled } from './filled.js';

/** Of one contact. */
export const CONTACT_KEYS: Body = {
  ...filled(
    'contact_tax_information department website language_code language_code_formatted contact_salutation ' +
      'mobile photo_url invited_by contact_relation_type owner_id owner_name twitter facebook ' +
      'zcrm_account_id zcrm_contact_id crm_owner_id exchange_rate opening_balance_amount_bcy consent_date ' +
      'tax_id_type tax_id_value tax_reg_label account_id account_name contact_category sales_channel ' +
      'zohopeople_client_id submitted_date submitted_by submitted_by_name submitted_by_email ' +
      'submitted_by_photo_url submitter_id approver_id',
    '',
  ),
  ...filled(
    'is_client_review_asked is_crm_customer is_linked_with_zohocrm is_consent_agreed ' +
      'is_client_review_settings_enabled track_1099 ach_supported associated_with_square',
    false,
  ),
  ...filled(
    'credit_limit_exceeded_amount opening_balance_amount outstanding_ob_receivable_amount ' +
      'outstanding_ob_payable_amount unused_retainer_payments portal_receipt_count',
    0,
  ),
  ...filled(
    'documents locked_actions opening_balances addresses cards checks upi_mandates bank_accounts vpa_list ' +
      'tags approvers_list integration_references',
    [],
  ),
  is_credit_limit_migration_completed: true,
  portal_status: 'disabled',
  customer_sub_type: 'business',
  source: 'user',
  payment_terms_id: '5270413000000093085',
  lock_details: { can_lock: false },
  lock_detail: { can_lock: true, custom_locks: [], system_locks: [] },
  can_show_customer_ob: true,
  can_show_vendor_ob: true,
  payment_reminder_enabled: true,
  is_sms_enabled: true,
  default_templates: filled(
    'statement_template_id statement_template_name invoice_template_id invoice_template_name ' +
      'bill_template_id bill_template_name estimate_template_id estimate_template_name ' +
      'creditnote_template_id creditnote_template_name paymentthankyou_template_id ' +
      'paymentthankyou_template_name invoice_email_template_id invoice_email_template_name ' +
      'estimate_email_template_id estimate_email_template_name creditnote_email_template_id ' +
      'creditnote_email_template_name paymentthankyou_email_template_id paymentthankyou_email_template_name ' +
      'payment_remittance_email_template_id payment_remittance_email_template_name',
    '',
  ),
  created_by_name: 'Demo User',
  created_by_id: '5270413000000093001',
  last_modified_by_id: '5270413000000093001',
};

/** Of a contact in a list. */
export const CONTACT_ROW_KEYS: Body = {
  ...filled(
    'website language_code language_code_formatted twitter facebook mobile created_time_formatted ' +
      'last_modified_time_formatted',
    '',
  ),
  ...filled('is_linked_with_zohocrm track_1099 ach_supported has_attachment', false),
  ...filled('custom_fields contactperson_custom_fields tags', []),
  customer_sub_type: 'business',
  source: 'user',
  payment_terms_id: '5270413000000093085',
  portal_status: 'disabled',
  portal_status_formatted: 'Disabled',
  custom_field_hash: {},
};
