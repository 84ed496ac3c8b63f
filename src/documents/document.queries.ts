import type { EntityClass } from '@mikro-orm/core';
import type { GraphQLResolveInfo } from 'graphql';
import { customerScope, customerSearch, findMergedInto } from '../customers/customer.queries.js';
import { findRowScope } from '../customers/row-scope.queries.js';
import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { auditOfMove, type Tx } from '../platform/db/transact.js';
import type { DomainEvent } from '../platform/events.js';
import { type ListSpec, readOne } from '../platform/graphql/connections.js';
import type { Context } from '../platform/graphql/context.js';
import { escapeLike, Params } from '../platform/graphql/filters.js';
import { selectionOf } from '../platform/graphql/selection.js';

/**
 * The row-level filter of documents, used by every path to a row with a `customer_id`: staff see all; a client or
 * consumer their own; a salesperson or partner those of the customers they look after.
 */
export function documentScope({ viewer, params }: { viewer: Viewer; params: Params }, customerId: string): string {
  if (can(viewer, 'orders:all')) return 'true';
  if (viewer.kind !== 'user') return 'false';
  if (viewer.rowScope.customerId) return `${customerId} = ${params.add(viewer.rowScope.customerId)}::uuid`;
  if (!can(viewer, 'customers:read')) return 'false';
  return `${customerId} in (select c.id from customers c where ${customerScope(viewer, params)})`;
}

/**
 * A document that the viewer may see, with the fields selected below `field` of a mutation's answer, or of the root.
 */
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

// A consumer becomes a customer with the first order, but the viewer of that request was built before.
async function present({ viewer, services }: Context): Promise<Viewer> {
  if (viewer.kind !== 'user' || rowScopeOf(viewer).customerId !== null || viewer.role !== 'CONSUMER') return viewer;
  return { ...viewer, rowScope: await findRowScope(services.db, viewer.userId) };
}

/**
 * The documents of a table as reports read them: each on its day (`entered_on`, `sign` 1), and the counter-entry of a void
 * one on the day of the void (`sign` -1). So a void changes the reports of today, and never those of an earlier period.
 */
export const entered = (table: 'invoices' | 'credit_notes' | 'payments', day: 'issued_on' | 'received_on'): string =>
  `(select x.*, x.${day} as entered_on, 1 as sign from ${table} x
    union all select x.*, coalesce(x.voided_on, x.voided_at::date), -1 from ${table} x where x.voided_at is not null)`;

/** By number, or by words of the customer. */
export function documentSearch(question: string, alias: string, params: Params): string {
  const number = `${alias}.number ilike ${params.add(`%${escapeLike(question.trim())}%`)}`;
  return `(${number} or ${alias}.customer_id in (select c.id from customers c where ${customerSearch(question, params)}))`;
}

/** Makes the documents of a merged customer those of the one that stays. */
export async function moveCustomerDocuments(
  tx: Tx,
  event: DomainEvent,
  entities: readonly EntityClass<object>[],
): Promise<void> {
  if (event.data?.['change'] !== 'merged') return;
  const keptId = await findMergedInto(tx.sql, event.entityId);
  if (keptId === null) return;
  for (const entity of entities) {
    const { tableName, className } = tx.em.getMetadata(entity);
    const moved = await tx.sql<{ id: string }>(
      `update ${tableName} set customer_id = $2 where customer_id = $1 returning id`,
      [event.entityId, keptId],
    );
    for (const { id } of moved) tx.audit(auditOfMove(className, id, 'customer', event.entityId, keptId));
  }
}
