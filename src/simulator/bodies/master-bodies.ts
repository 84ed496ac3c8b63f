import { SIMULATED_ACCOUNT } from '../account.js';
import type { LOCATIONS } from '../company.js';
import { dayOf } from '../documents/books.js';
import type {
  Adjustment,
  Pricebook,
  PricebookItem,
  SimulatedCurrency,
  SimulatedTax,
  SimulatedUser,
} from '../documents/document.js';
import { currencyFacts, decimalsOf, exchangeRate, type Currency } from '../documents/money.js';
import { zohoTimestamp } from '../item-body.js';
import type { Body } from '../resource.js';
import { currencyName, locationName } from './parts.js';

export function pricebookRow(pricebook: Pricebook): Body {
  const { decimals, id } = currencyFacts(pricebook.currency);
  return {
    pricebook_id: pricebook.id,
    name: pricebook.name,
    description: pricebook.description,
    currency_id: id,
    currency_code: pricebook.currency,
    decimal_place: decimals,
    is_default: pricebook.isDefault,
    is_increase: pricebook.isIncrease,
    percentage: pricebook.percentage,
    pricebook_type: pricebook.type,
    pricing_scheme: pricebook.scheme,
    rounding_type: pricebook.rounding,
    sales_or_purchase_type: pricebook.use,
    status: pricebook.active ? 'active' : 'inactive',
  };
}

export const pricebookDetail = (pricebook: Pricebook): Body => ({
  ...pricebookRow(pricebook),
  pricebook_items: pricebook.items.map((item) => priceRow(pricebook, item)),
});

const priceRow = (
  { scheme }: Pricebook,
  { pricebookItemId, itemId, rate, discount, brackets }: PricebookItem,
): Body => ({
  pricebook_item_id: pricebookItemId,
  item_id: itemId,
  pricebook_rate: rate,
  pricebook_discount: discount,
  pricing_scheme: scheme,
  price_brackets: brackets.map(({ from, to, rate: bracketRate }) => ({
    pricebook_item_id: pricebookItemId,
    start_quantity: from,
    end_quantity: to ?? '',
    pricebook_rate: bracketRate,
    pricebook_discount: '',
  })),
});

export const taxBody = ({ id, name, percentage, isDefault }: SimulatedTax): Body => ({
  tax_id: id,
  tax_name: name,
  tax_percentage: percentage,
  tax_type: 'tax',
  tax_factor: 'rate',
  tax_specific_type: '',
  tax_authority_id: '',
  tax_authority_name: '',
  is_value_added: true,
  is_default_tax: isDefault,
  is_editable: true,
  output_tax_account_name: 'Output VAT',
  purchase_tax_account_name: 'Input VAT',
  tax_account_id: '5270413000000107333',
  purchase_tax_account_id: '5270413000000107337',
});

export function currencyBody({ id, code, createdMs }: SimulatedCurrency, base: Currency): Body {
  const isBase = code === base;
  return {
    currency_id: id,
    currency_code: code,
    currency_name: currencyFacts(code).name,
    currency_name_formatted: currencyName(code),
    currency_symbol: code,
    price_precision: decimalsOf(code),
    currency_format: currencyFacts(code).format,
    is_base_currency: isBase,
    exchange_rate: isBase ? 0 : exchangeRate(code, base),
    effective_date: isBase ? '' : dayOf(createdMs),
    auto_exchange_rate_enabled: false,
  };
}

export const userRow = (user: SimulatedUser): Body => ({
  user_id: user.id,
  role_id: user.roleId,
  name: user.name,
  email: user.email,
  user_role: user.role,
  status: user.status,
  is_current_user: false,
  photo_url: '',
  is_customer_segmented: false,
  is_vendor_segmented: false,
  user_type: 'zoho',
});

export const userDetail = (user: SimulatedUser): Body => ({
  user_id: user.id,
  name: user.name,
  email_ids: [{ email: user.email, is_selected: true }],
  status: user.status,
  user_role: user.role,
  user_type: 'zoho',
  role_id: user.roleId,
  cost_rate: 0,
  photo_url: '',
  is_employee: true,
  created_time: zohoTimestamp(user.createdMs),
  custom_fields: '',
});

const valueOf = ({ lines }: Adjustment): number => lines.reduce((sum, { value }) => sum + value, 0);

/** Neither the row nor the record has a time. */
export const adjustmentRow = (adjustment: Adjustment): Body => ({
  inventory_adjustment_id: adjustment.id,
  date: adjustment.date,
  reason: adjustment.reason,
  reason_id: '5270413000000044110',
  description: adjustment.description,
  reference_number: adjustment.reference,
  adjustment_type: adjustment.type,
  status: adjustment.status,
  total: valueOf(adjustment),
  custom_fields: [],
});

export const adjustmentDetail = (adjustment: Adjustment): Body => ({
  ...adjustmentRow(adjustment),
  line_items: adjustment.lines.map(({ lineId, itemId, name, unit, quantity, value, locationId }) => ({
    line_item_id: lineId,
    item_id: itemId,
    name,
    description: adjustment.description,
    quantity_adjusted: quantity,
    item_total: value,
    unit,
    is_combo_product: false,
    adjustment_account_id: '5270413000000034003',
    adjustment_account_name: 'Cost of Goods Sold',
    location_id: locationId,
    location_name: locationName(locationId),
    serial_numbers: [],
    batches: [],
    storages: [],
  })),
  location_id: adjustment.locationId,
  location_name: locationName(adjustment.locationId),
});

export const organizationBody = (base: Currency): Body => ({
  organization_id: SIMULATED_ACCOUNT.organizationId,
  name: 'Demo Trading Company',
  contact_name: 'Demo Owner',
  email: 'owner@demo.example',
  is_default_org: true,
  language_code: 'en',
  // Text here, a number elsewhere.
  fiscal_year_start_month: '1',
  account_created_date: '2024-01-01',
  time_zone: 'Asia/Baghdad',
  is_dst_active: false,
  date_format: 'dd/MM/yyyy',
  field_separator: '-',
  industry_type: 'Wholesale',
  industry_size: '11-50',
  company_id_label: '',
  company_id_value: '',
  tax_id_label: '',
  tax_id_value: '',
  currency_id: currencyFacts(base).id,
  currency_code: base,
  currency_symbol: base,
  currency_format: currencyFacts(base).format,
  price_precision: decimalsOf(base),
  plan_type: 3,
  plan_name: 'Professional',
  plan_period: 'Month',
  country_code: 'IQ',
  country_name: 'Iraq',
  portal_name: 'demo',
  org_settings: { is_org_active: true },
});

type Location = (typeof LOCATIONS)[number];

const ADDRESS = {
  city: 'Baghdad',
  state: '',
  country: 'Iraq',
  attention: '',
  state_code: '',
  street_address1: '',
  street_address2: '',
};

/** Whether a list of locations says which one is primary is not known; this one does. */
export const locationBody = ({ id, name, primary }: Location): Body => ({
  location_id: id,
  location_name: name,
  type: 'general',
  is_primary: primary,
  status: 'active',
  email: '',
  phone: '',
  address: ADDRESS,
  tax_settings_id: '5270413000000038080',
  parent_location_id: '',
  associated_series_ids: [],
  auto_number_generation_id: '5270413000000870911',
  is_all_users_selected: true,
  associated_users: [],
});

/** The same in an organisation that was not moved to Locations. */
export const warehouseBody = ({ id, name, primary }: Location): Body => ({
  warehouse_id: id,
  warehouse_name: name,
  is_primary: primary,
  status: 'active',
  email: '',
  phone: '',
  address: '',
  address1: '',
  address2: '',
  city: ADDRESS.city,
  state: '',
  country: ADDRESS.country,
  zip: '',
});
