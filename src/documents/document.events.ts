/** `customerId` and `salespersonId`: only they and staff follow the change. */
export type DocumentChange = {
  change: string;
  number: string;
  customerId: string;
  salespersonId: string | null;
};
