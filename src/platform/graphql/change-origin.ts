import { registerEnumType } from 'type-graphql';
import type { Origin } from '../db/transact.js';

export const ChangeOriginEnum = { USER: 'user', ZOHO: 'zoho', SYSTEM: 'system' } as const satisfies Record<
  string,
  Origin
>;

registerEnumType(ChangeOriginEnum, {
  name: 'ChangeOrigin',
  description: 'Who made a change: a person, Zoho, or the ERP.',
});
