import { LockMode } from '@mikro-orm/core';
import { isListType, isNonNullType, Kind, OperationTypeNode, validate, type GraphQLSchema } from 'graphql';
import { fromMs, now, nowMs } from '../kernel/clock.js';
import { AppError, badInput, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { actorOf, type Viewer } from '../kernel/viewer.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { assertWithinLimits, parseLimited } from '../platform/graphql/limits.js';
import { MAX_PAGE } from '../platform/read/connection.js';
import { Export } from './export.entity.js';
import { exportChanged } from './export.events.js';
import { countActive, writeChunk } from './export.queries.js';
import { type Message, msg, untranslated } from '../kernel/message.js';

const KEEP_MS = 7 * 86_400_000;
const MAX_QUERY = 10_000;
const MAX_ACTIVE = 5;

const wrong = (sentence: Message): AppError => badInput('query', sentence);

/**
 * Reads what an export shall write: one query of one connection that takes `first: $first, after: $after` and asks for
 * `nodes` and `pageInfo { hasNextPage endCursor }`. Answers the connection's name. Throws BAD_INPUT, LIMIT_EXCEEDED.
 */
export function readExportQuery(schema: GraphQLSchema, query: string, variables: Record<string, unknown>): string {
  if (query.length > MAX_QUERY) throw wrong(msg`At most ${MAX_QUERY} characters.`);
  const document = parseLimited(query);
  const [fault] = validate(schema, document);
  if (fault) throw wrong(untranslated(fault.message));
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (!operation || operations.length > 1 || operation.operation !== OperationTypeNode.QUERY) {
    throw wrong(msg`Give one query.`);
  }
  assertWithinLimits(schema, document, operation, { ...variables, first: MAX_PAGE });
  const [field] = operation.selectionSet.selections;
  if (operation.selectionSet.selections.length !== 1 || field?.kind !== Kind.FIELD || field.alias) {
    throw wrong(msg`Give one field, without an alias.`);
  }
  const type = schema.getQueryType()?.getFields()[field.name.value]?.type;
  const named = type && isNonNullType(type) ? type.ofType : type;
  if (!named || isListType(named) || !named.toString().endsWith('Connection')) {
    throw wrong(msg`The field is no connection.`);
  }
  for (const name of ['first', 'after']) {
    const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value?.kind !== Kind.VARIABLE || value.name.value !== name) {
      throw wrong(msg`The connection takes first: $first and after: $after; the export turns the pages.`);
    }
  }
  const requested = new Map(
    (field.selectionSet?.selections ?? []).flatMap((one) => (one.kind === Kind.FIELD ? [[one.name.value, one]] : [])),
  );
  const page = requested.get('pageInfo')?.selectionSet?.selections ?? [];
  const hasPage = ['hasNextPage', 'endCursor'].every((name) =>
    page.some((one) => one.kind === Kind.FIELD && one.name.value === name && !one.alias),
  );
  if (!requested.has('nodes') || !hasPage) throw wrong(msg`Ask for nodes and pageInfo { hasNextPage endCursor }.`);
  return field.name.value;
}

/** Enqueues an export; it runs with the rights of the viewer. THROTTLED: five at once a viewer. */
export const startExport = defineCommand(
  ['BAD_INPUT', 'THROTTLED'],
  async (
    tx: Tx,
    schema: GraphQLSchema,
    viewer: Viewer,
    input: { query: string; variables: Record<string, unknown> },
  ): Promise<Export> => {
    const connection = readExportQuery(schema, input.query, input.variables);
    const actor = actorOf(viewer);
    if ((await countActive(tx.sql, actor)) >= MAX_ACTIVE) {
      throw new AppError('THROTTLED', msg`At most ${MAX_ACTIVE} exports at once.`, {
        details: { retryAfterSeconds: 30 },
      });
    }
    const made = tx.em.create(Export, {
      id: newId(),
      actor,
      query: input.query,
      variables: input.variables,
      connection,
      status: 'PENDING',
      objectCount: 0,
      createdAt: now(),
      expiresAt: fromMs(nowMs() + KEEP_MS),
    });
    // The export itself is bookkeeping; that somebody took data out is not.
    tx.audit({
      entityType: 'Export',
      entityId: made.id,
      action: 'create',
      changes: { connection: [null, connection] },
    });
    tx.enqueue({ kind: 'export', jobKey: `export:${made.id}`, entityType: 'export', entityId: made.id, priority: 6 });
    tx.emit(exportChanged(made.id, { change: 'created', actor }));
    return made;
  },
);

async function lockExport(tx: Tx, id: string): Promise<Export> {
  const found = isId(id) ? await tx.em.findOne(Export, id, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
  if (!found) throw notFound('Export', id);
  return found;
}

const isOver = (one: Export): boolean => one.status !== 'PENDING' && one.status !== 'RUNNING';

/** Ends an export; what is written stays. Of others it is not there. At its end it is a no-op. */
export const cancelExport = defineCommand(['NOT_FOUND'], async (tx: Tx, viewer: Viewer, id: string): Promise<void> => {
  const found = await lockExport(tx, id);
  if (found.actor !== actorOf(viewer)) throw notFound('Export', id);
  if (isOver(found)) return;
  Object.assign(found, { status: 'CANCELLED', completedAt: now() });
  tx.emit(exportChanged(found.id, { change: 'updated', actor: found.actor }));
});

export interface Pages {
  lines: string[];
  endCursor: string | null;
  totalCount: number | null;
  hasMore: boolean;
}

/** Writes pages behind those that are written, in the commit that moves the cursor. False: it has ended meanwhile. */
export async function appendPages(tx: Tx, id: string, pages: Pages): Promise<boolean> {
  const found = await lockExport(tx, id);
  if (isOver(found)) return false;
  if (pages.lines.length > 0) {
    await writeChunk(tx.sql, id, found.objectCount, Buffer.from(`${pages.lines.join('\n')}\n`));
  }
  found.objectCount += pages.lines.length;
  found.totalCount = pages.totalCount;
  found.cursor = pages.endCursor ?? found.cursor ?? null;
  found.status = pages.hasMore ? 'RUNNING' : 'COMPLETED';
  if (!pages.hasMore) found.completedAt = now();
  tx.emit(exportChanged(id, { change: 'updated', actor: found.actor }));
  return true;
}

/** Marks an export whose tries are used up, or whose owner may no longer see what it asks for. */
export async function failExport(tx: Tx, id: string, message: string): Promise<void> {
  const found = await lockExport(tx, id);
  if (isOver(found)) return;
  Object.assign(found, { status: 'FAILED', errorMessage: message.slice(0, 500), completedAt: now() });
  tx.emit(exportChanged(id, { change: 'updated', actor: found.actor }));
}
