import { rightsOf, type Rights, type Viewer } from '../../kernel/viewer.js';

/**
 * What a compiled statement may depend on: rights, and whether the viewer stands for a customer or buys by a list. Whose
 * they are is not known here; that comes in by slots.
 */
export interface Who extends Rights {
  readonly kind: Viewer['kind'];
  readonly hasCustomer: boolean;
  readonly hasPriceList: boolean;
  /** Equal for all viewers whose statements are the same. */
  readonly key: string;
}

const MAX_SETS = 5000;
let ids = new Map<string, number>();
let nextId = 0;
const idOfSet = new WeakMap<ReadonlySet<string>, number>();

/** A short name for a set of permissions; equal sets share it. */
function permissionsId(permissions: ReadonlySet<string>): number {
  const known = idOfSet.get(permissions);
  if (known !== undefined) return known;
  const text = [...permissions].sort().join(' ');
  // Names are never given again, so that a plan is found by equal rights or not at all.
  if (ids.size >= MAX_SETS) ids = new Map();
  const id = ids.get(text) ?? nextId++;
  ids.set(text, id);
  idOfSet.set(permissions, id);
  return id;
}

const known = new WeakMap<Viewer, Who>();

export function whoOf(viewer: Viewer): Who {
  const found = known.get(viewer);
  if (found) return found;
  const { permissions } = rightsOf(viewer);
  const hasCustomer = viewer.kind === 'user' && viewer.rowScope.customerId !== null;
  const hasPriceList = viewer.kind === 'user' && viewer.rowScope.priceListId !== null;
  const key = `${viewer.kind}/${permissionsId(permissions)}/${hasCustomer ? 'c' : ''}${hasPriceList ? 'p' : ''}`;
  const who = { permissions, kind: viewer.kind, hasCustomer, hasPriceList, key };
  known.set(viewer, who);
  return who;
}
