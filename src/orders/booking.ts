import type { GraphQLResolveInfo } from 'graphql';
import { rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { findRowScope } from '../customers/row-scope.queries.js';
import type { Context } from '../platform/graphql/context.js';
import { Params } from '../platform/graphql/filters.js';
import { readOne, type ListSpec } from '../platform/graphql/connections.js';
import { selectionOf } from '../platform/graphql/selection.js';
import { documentScope } from './account.queries.js';

/** A document that the viewer may see, with the fields asked for below `field` of a mutation's answer, or of the root. */
export async function readDocument<Row extends object>(
  context: Context,
  spec: ListSpec,
  id: string,
  info: GraphQLResolveInfo,
  field: string | null,
): Promise<Row | null> {
  const params = new Params();
  const viewer = await present(context);
  const customerId = `${spec.idSql.split('.')[0] as string}.customer_id`;
  const where = [documentScope({ viewer, params }, customerId)];
  const selection = selectionOf(info);
  const requested = field === null ? selection : (selection.fields.get(field) ?? { fields: new Map() });
  return readOne<Row>({ ...context, viewer }, spec, id, { selection: requested, where, params });
}

// A consumer becomes a customer with the first order; the viewer of that very request does not know it yet.
async function present({ viewer, services }: Context): Promise<Viewer> {
  if (viewer.kind !== 'user' || rowScopeOf(viewer).customerId !== null || viewer.role !== 'CONSUMER') return viewer;
  return { ...viewer, rowScope: await findRowScope(services.db, viewer.userId) };
}
