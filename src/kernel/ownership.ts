import { AppError } from './errors.js';
import { msg } from './message.js';

/**
 * Who owns a field in which phase of the migration. Modules state their fields in their plug; a field without an entry
 * fails the start, so nobody can add a column and forget to say who may write it.
 */
export const PHASES = ['parallel', 'gradual', 'full'] as const;
export type Phase = (typeof PHASES)[number];
export type Owner = 'ZOHO' | 'ERP' | 'MERGE';
export type FieldOwners = Record<string, Record<Phase, Owner>>;

/** Short forms for the ownership tables of the modules. */
export const ALWAYS_ERP: Record<Phase, Owner> = { parallel: 'ERP', gradual: 'ERP', full: 'ERP' };
export const ZOHO_UNTIL_FULL: Record<Phase, Owner> = { parallel: 'ZOHO', gradual: 'ZOHO', full: 'ERP' };

export function ownerOf(owners: FieldOwners, field: string, phase: Phase): Owner {
  const entry = owners[field];
  if (!entry) throw new Error(`The field ${field} has no owner.`);
  return entry[phase];
}

/** The fields among `changed` that the ERP may not write in this phase. */
export function foreignFields(
  owners: FieldOwners,
  changed: readonly string[],
  phase: Phase,
): { field: string; owner: Owner }[] {
  return changed
    .map((field) => ({ field, owner: ownerOf(owners, field, phase) }))
    .filter(({ owner }) => owner === 'ZOHO');
}

/**
 * Nothing is written if one changed field refuses. Throws FIELD_OWNED_ELSEWHERE (details: fields, phase).
 * `publicName` gives the name that the client knows a field by.
 */
export function assertOwned(
  owners: FieldOwners,
  changed: readonly string[],
  phase: Phase,
  publicName: (field: string) => string = (field) => field,
): void {
  const refused = foreignFields(owners, changed, phase).map(({ field, owner }) => ({
    field: publicName(field),
    owner,
  }));
  if (refused.length === 0) return;
  const names = refused.map(({ field }) => field).join(', ');
  throw new AppError(
    'FIELD_OWNED_ELSEWHERE',
    msg`In the ${phase} phase these fields belong to Zoho: ${names}. Change them there.`,
    {
      field: refused[0]?.field,
      details: { fields: refused, phase },
    },
  );
}
