import type { GraphQLResolveInfo } from 'graphql';
import { notFound } from '../kernel/errors.js';
import { accountOf, type Viewer } from '../kernel/viewer.js';
import { findAccount } from '../customers/account.queries.js';
import type { Tx } from '../platform/db/transact.js';
import type { Context } from '../platform/graphql/context.js';
import { Params } from '../platform/graphql/filters.js';
import { readOne, type ListSpec } from '../platform/graphql/page.js';
import { selectionOf } from '../platform/graphql/selection.js';
import type { Keyed } from '../platform/idempotency.js';
import { currentPhase } from '../platform/settings.js';
import { documentScope } from './account.queries.js';
import type { Booking } from './account.service.js';

/** Runs a command that books documents, in the viewer's name, in the present phase, on today's business day. */
export function book<T>(context: Context, work: (tx: Tx, booking: Booking) => Promise<T>): Promise<T> {
  const { viewer, today } = context;
  return context.transact(async (tx) => work(tx, { viewer, today, phase: await currentPhase(tx.sql) }));
}

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
  const asked = field === null ? selection : (selection.fields.get(field) ?? { fields: new Map() });
  return readOne<Row>({ ...context, viewer }, spec, id, { selection: asked, where, params });
}

// A consumer becomes a customer with the first order; the viewer of that very request does not know it yet.
async function present({ viewer, services }: Context): Promise<Viewer> {
  if (viewer.kind !== 'user' || accountOf(viewer).customerId !== null || viewer.role !== 'CONSUMER') return viewer;
  return { ...viewer, account: await findAccount(services.db, viewer.userId) };
}

/** The answer of a keyed command: the document as it is now, and whether the key had been used before. */
export async function answered<Row extends object>(
  done: Keyed<{ id: string }>,
  noun: string,
  read: (id: string) => Promise<Row | null>,
): Promise<{ row: Row; replayed: boolean }> {
  const row = await read(done.answer.id);
  if (!row) throw notFound(noun, done.answer.id);
  return { row, replayed: done.replayed };
}
