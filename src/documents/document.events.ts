import { can } from '../kernel/viewer.js';
import type { ChangeRule } from '../platform/graphql/entity-change.js';

/** `customerId` and `salespersonId`: only they and staff follow the change. */
export type DocumentChange = {
  change: string;
  number: string;
  customerId: string;
  salespersonId: string | null;
};

/** Staff follow every document; others those of the customer they are, or of the customers they look after. */
export const followDocument = (event: string): ChangeRule => ({
  event,
  permission: 'orders:read',
  perPerson: true,
  everything: 'orders:all',
  accepts: ({ data }, viewer) =>
    viewer.kind === 'user' &&
    ((viewer.rowScope.customerId !== null && viewer.rowScope.customerId === data['customerId']) ||
      (can(viewer, 'customers:read') && viewer.userId === data['salespersonId'])),
});
