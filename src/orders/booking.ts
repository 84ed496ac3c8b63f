import type { GraphQLResolveInfo } from 'graphql';
import { accountOf, type Viewer } from '../kernel/viewer.js';
import { findAccount } from '../customers/account.queries.js';
import type { Context } from '../platform/graphql/context.js';
import type { EntityRead, RowOf } from '../platform/read/definition.js';
import type { ColumnKey } from '../platform/read/entity-columns.js';
import { readOne } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';

/** A document that the viewer may see, with the fields asked for below `field` of a mutation's answer, or of the root. */
export async function readDocument<E extends object, A extends ColumnKey<E>>(
  context: Context,
  read: EntityRead<E, A>,
  id: string,
  info: GraphQLResolveInfo,
  field: string | null,
): Promise<RowOf<EntityRead<E, A>> | null> {
  const viewer = await present(context);
  const { today } = context;
  const selection = selectionOf(info);
  const asked = field === null ? selection : childSelection(selection, field);
  return readOne({ viewer, today, read: context.read }, read, id, asked);
}

// A consumer becomes a customer with the first order; the viewer of that very request does not know it yet.
async function present({ viewer, services }: Context): Promise<Viewer> {
  if (viewer.kind !== 'user' || accountOf(viewer).customerId !== null || viewer.role !== 'CONSUMER') return viewer;
  return { ...viewer, account: await findAccount(services.db, viewer.userId) };
}
