/**
 * Keys of items whose values nothing here moves.
 */
import type { Body } from '../resource.js';
import { filled } from './filled.js';

const ACCOUNTS: Body = {
  purchase_account_id: '5270413000000034003',
  purchase_account_name: 'Cost of Goods Sold',
};

/** Of the bulk answer of Inventory. */
export const BULK_ITEM_KEYS: Body = {
  ...ACCOUNTS,
  inventory_account_id: '5270413000000034001',
  ...filled('tax_id tax_name tax_type vendor_id vendor_name purchase_description', ''),
};

/** Of one item of Inventory. */
export const INVENTORY_ITEM_KEYS: Body = {
  inventory_account_name: 'Inventory Asset',
  ...filled('group_name initial_stock initial_stock_rate', ''),
};

/** Of one item of Books. */
export const BOOKS_ITEM_KEYS: Body = {
  ...ACCOUNTS,
  ...filled(
    'product_subtype purpose_of_use zcrm_product_id crm_owner_id tax_type tax_status tax_start_date tax_end_date ' +
      'tax_groups_details tax_country_code tax_information is_tax_expired purchase_tax_information vendor_name ' +
      'associated_template_id offline_created_date_with_time attribute_name1 attribute_name2 attribute_name3 ' +
      'attribute_option_name1 attribute_option_name2 attribute_option_name3 default_hosted_page_url manufacturer ' +
      'sales_margin minimum_order_quantity maximum_order_quantity',
    '',
  ),
  ...filled('is_default_tax_applied is_modifier_item has_variant is_fulfillable', false),
  ...filled('locked_actions sales_channels integration_references documents price_brackets', []),
  lock_details: { can_lock: false },
  lock_detail: { can_lock: true, custom_locks: [], system_locks: [] },
  locked_fields: {},
  item_code: {},
  pricing_scheme: 'unit',
  account_id: '5270413000000000388',
  account_name: 'Sales',
  unit_id: '5270413000000093022',
  can_be_sold: true,
  can_be_purchased: true,
};
