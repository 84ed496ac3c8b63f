import type { FieldOwners, Owner, Phase } from '../kernel/ownership.js';

const ZOHO_IN_PARALLEL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ERP', full: 'ERP' };

/** Zoho owns what the company buys in the first phase. */
export const purchasingOwners: FieldOwners = { bill: ZOHO_IN_PARALLEL, paymentMade: ZOHO_IN_PARALLEL };
