import { ALWAYS_ERP, ZOHO_UNTIL_FULL, type FieldOwners } from '../kernel/ownership.js';

/** The catalogue stays Zoho's until the last phase. MERGE: Zoho fills the field only where it is still empty. */
export const productOwners: FieldOwners = {
  name: ZOHO_UNTIL_FULL,
  nameAr: { parallel: 'MERGE', gradual: 'MERGE', full: 'ERP' },
  sku: ZOHO_UNTIL_FULL,
  description: ZOHO_UNTIL_FULL,
  brand: ZOHO_UNTIL_FULL,
  unit: ZOHO_UNTIL_FULL,
  barcode: ZOHO_UNTIL_FULL,
  basePriceUsd: ZOHO_UNTIL_FULL,
  costUsd: ZOHO_UNTIL_FULL,
  reorderLevel: { parallel: 'MERGE', gradual: 'MERGE', full: 'ERP' },
  active: ZOHO_UNTIL_FULL,
  trackable: ZOHO_UNTIL_FULL,
  category: ZOHO_UNTIL_FULL,
  tags: ALWAYS_ERP,
  featured: ALWAYS_ERP,
};
