import { LockMode, ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { badInput, notFound } from '../kernel/errors.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { StoredFile } from './attachment-file.js';
import { ExpenseAttachment } from './expense-attachment.entity.js';
import { Expense, type ExpenseState } from './expense.entity.js';

const MAX_ATTACHMENTS = 10;
/** From the approval on somebody has decided by what is attached, so it stays. */
const UNDECIDED: ReadonlySet<ExpenseState> = new Set(['DRAFT', 'SUBMITTED', 'REJECTED']);

/** An expense that the viewer sees, locked. Throws NOT_FOUND. */
async function lockSeen(tx: Tx, viewer: Viewer, id: string): Promise<Expense> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const found = isId(id) ? await tx.em.findOne(Expense, id, lock) : null;
  const own = viewer.kind === 'user' && found?.requestedBy === viewer.userId;
  if (!found || (!own && !can(viewer, 'cash:all'))) throw notFound('Expense', id);
  return found;
}

/** Attaches a stored file to an expense; the same bytes again are the same attachment. Throws NOT_FOUND, BAD_INPUT. */
export async function addExpenseAttachment(
  tx: Tx,
  viewer: Viewer,
  { expenseId, stored, fileName }: { expenseId: string; stored: StoredFile; fileName: string | null },
): Promise<{ id: string; added: boolean }> {
  const expense = await lockSeen(tx, viewer, expenseId);
  if (expense.status === 'VOID') throw badInput('id', msg`${expense.number} is void.`);
  const known = await tx.em.findOne(ExpenseAttachment, { expense: expense.id, fileHash: stored.hash });
  if (known) return { id: known.id, added: false };
  if ((await tx.em.count(ExpenseAttachment, { expense: expense.id })) >= MAX_ATTACHMENTS)
    throw badInput('id', msg`An expense has at most ${MAX_ATTACHMENTS} attachments.`);
  const { id } = tx.em.create(ExpenseAttachment, {
    id: newId(),
    expense: ref(expense),
    fileName,
    mediaType: stored.mediaType,
    fileHash: stored.hash,
    bytes: stored.bytes,
    createdBy: tx.actor,
    createdAt: now(),
  });
  return { id, added: true };
}

/** Takes an attachment off an expense that nobody has decided on; again is NOT_FOUND. */
export const removeExpenseAttachment = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT'],
  async (tx: Tx, viewer: Viewer, id: string): Promise<string> => {
    const known = isId(id) ? await tx.em.findOne(ExpenseAttachment, id) : null;
    if (!known) throw notFound('Attachment', id);
    const expense = await lockSeen(tx, viewer, known.expense.id);
    if (!UNDECIDED.has(expense.status)) throw badInput('id', msg`${expense.number} is approved: what proves it stays.`);
    tx.em.remove(known);
    return expense.id;
  },
);
