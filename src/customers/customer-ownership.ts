import { ALWAYS_ERP, type FieldOwners, type Owner, type Phase } from '../kernel/ownership.js';

const ZOHO_IN_PARALLEL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' };

/** Contacts are Zoho's in the first phase; what Zoho does not know is ours always. */
export const customerOwners: FieldOwners = {
  name: ZOHO_IN_PARALLEL,
  nameAr: { parallel: 'MERGE', gradual: 'ERP', full: 'ERP' },
  company: ZOHO_IN_PARALLEL,
  phone: ZOHO_IN_PARALLEL,
  email: ZOHO_IN_PARALLEL,
  city: ZOHO_IN_PARALLEL,
  taxNumber: ZOHO_IN_PARALLEL,
  currency: ZOHO_IN_PARALLEL,
  creditLimit: ZOHO_IN_PARALLEL,
  paymentTermsDays: ZOHO_IN_PARALLEL,
  discountPercent: ALWAYS_ERP,
  priceList: ZOHO_IN_PARALLEL,
  salesperson: ALWAYS_ERP,
  notes: ALWAYS_ERP,
  active: ZOHO_IN_PARALLEL,
  addresses: ZOHO_IN_PARALLEL,
  contacts: ZOHO_IN_PARALLEL,
};
