import type { EntityClass } from '@mikro-orm/core';
import type { GraphQLResolveInfo } from 'graphql';
import { customerSearch, findMergedInto, visibleCustomers } from '../customers/customer.queries.js';
import { findRowScope } from '../customers/row-scope.queries.js';
import { can, rowScopeOf, type Viewer } from '../kernel/viewer.js';
import { auditOfMove, type Tx } from '../platform/db/transact.js';
import type { DomainEvent } from '../platform/events.js';
import type { Context } from '../platform/graphql/context.js';
import type { EntityRead, RowOf } from '../platform/read/definition.js';
import type { ColumnKey } from '../platform/read/entity-columns.js';
import { readOne } from '../platform/read/page.js';
import { childSelection, selectionOf } from '../platform/read/selection.js';
import { escapeLike, inline, type Params, raw, slots, type Sql, sql } from '../platform/read/sql.js';
import { type Who, whoOf } from '../platform/read/who.js';

/**
 * The row-level filter of documents, used by every path to a row with a `customer_id`: staff see all; a client or
 * consumer their own; a salesperson or partner those of the customers they look after.
 */
export function ownDocuments(customerId: Sql, who: Who): Sql | boolean {
  if (can(who, 'orders:all')) return true;
  if (who.kind !== 'user') return false;
  if (who.hasCustomer) return sql`${customerId} = ${slots.customerId}`;
  return can(who, 'customers:read') ? visibleCustomers(customerId, who) : false;
}

/** `ownDocuments` for statements that are written as text. */
export function documentScope({ viewer, params }: { viewer: Viewer; params: Params }, customerId: string): string {
  const scope = ownDocuments(raw(customerId), whoOf(viewer));
  return typeof scope === 'boolean' ? String(scope) : inline(scope, { viewer, today: '' }, params);
}

/**
 * A document that the viewer may see, with the fields selected below `field` of a mutation's answer, or of the root.
 */
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
  const requested = field === null ? selection : childSelection(selection, field);
  return readOne({ viewer, today, read: context.read }, read, id, requested);
}

// A consumer becomes a customer with the first order, but the viewer of that request was built before.
async function present({ viewer, services }: Context): Promise<Viewer> {
  if (viewer.kind !== 'user' || rowScopeOf(viewer).customerId !== null || viewer.role !== 'CONSUMER') return viewer;
  return { ...viewer, rowScope: await findRowScope(services.db, viewer.userId) };
}

/**
 * The documents of a table as reports read them, of invoices sales alone and of credit notes what takes them back: each on
 * its day (`entered_on`, `sign` 1), and the counter-entry of a void one on the day of the void (`sign` -1). So a void changes the reports of today, and never those of an earlier period.
 */
export const entered = (
  table: 'invoices' | 'credit_notes' | 'payments' | 'bills',
  day: 'issued_on' | 'received_on' | 'billed_on',
): string => {
  const kind = {
    invoices: `x.kind = 'INVOICE' and not x.draft`,
    credit_notes: `x.kind = 'CREDIT_NOTE' and not x.draft`,
    payments: 'not x.draft',
    bills: 'true',
  }[table];
  return `(select x.*, x.${day} as entered_on, 1 as sign from ${table} x where ${kind}
    union all select x.*, coalesce(x.voided_on, x.voided_at::date), -1 from ${table} x where x.voided_at is not null and ${kind})`;
};

/** By our number or that of its source, or by words of the customer. */
export const documentSearch =
  (question: string) =>
  (document: { readonly number: Sql; readonly reportedNumber?: Sql; readonly customer: Sql }): Sql =>
    sql`(${document.number} ilike ${`%${escapeLike(question.trim())}%`} or ${document.reportedNumber ?? raw('null')} ilike ${`%${escapeLike(question.trim())}%`} or ${document.customer} in
      (select c.id from customers c where ${customerSearch(question, raw('c.id'))}))`;

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
