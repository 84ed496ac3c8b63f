import { LockMode } from '@mikro-orm/core';
import { type DocumentContext, recordDocument } from '../documents/document-context.service.js';
import { failuresOf } from '../documents/document.service.js';
import { nextDocumentNumber } from '../documents/numbering.service.js';
import { primaryBranchId } from '../documents/warehouse.service.js';
import { now } from '../kernel/clock.js';
import {
  assertCurrency,
  assertPositiveAmount,
  assertReason,
  assertText,
  knownCurrency,
} from '../kernel/document-values.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { can, type Viewer } from '../kernel/viewer.js';
import { assertDay } from '../ledger/books.service.js';
import { ACCOUNTS, type EntryLine, postLines, reverseLines } from '../ledger/journal.service.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import type { CashBox } from './cash-box.entity.js';
import { getUsableBox } from './cash-box.service.js';
import { Expense, type ExpenseState, expenseTransitions } from './expense.entity.js';
import { isExpenseCategory, listPosted, readPostedBase } from './expense.queries.js';

const userOf = (viewer: Viewer): string | null => (viewer.kind === 'user' ? viewer.userId : null);

export interface ExpenseInput {
  account: number;
  description: string;
  payee?: string | null | undefined;
  currency: string;
  amount: string;
  spentOn?: string | null | undefined;
}

export interface NewExpense extends ExpenseInput {
  /** Asks for approval at once. */
  submit?: boolean | null | undefined;
  /** With cash:approve: it is paid out of this box already. */
  boxId?: string | null | undefined;
}

/** Checks what is to be spent; answers its day. */
async function checkExpense(tx: Tx, documentContext: DocumentContext, input: ExpenseInput): Promise<string> {
  const [day] = await checkAll(
    () => assertDay(tx, documentContext, input.spentOn, 'spentOn'),
    async () => {
      if (!(await isExpenseCategory(tx.sql, input.account)))
        throw badInput('account', msg`The account ${input.account} is no category of expenses.`);
    },
    () => {
      if (input.description.trim() === '') throw badInput('description', msg`Say what it is for.`);
      assertText(input.description, 'description');
    },
    () => assertText(input.payee, 'payee'),
    () => assertCurrency(input.currency),
    () => assertPositiveAmount(input.amount, knownCurrency(input.currency), 'amount'),
  );
  return day;
}

interface Posting {
  event: 'EXPENSE' | 'EXPENSE_APPROVED' | 'EXPENSE_PAID';
  day: string;
  box?: CashBox;
}

/** Approved: category against what is owed. Paid: that, or the category itself when it is paid at once, against the box. */
async function postExpense(tx: Tx, expense: Expense, { event, day, box }: Posting): Promise<void> {
  const { id, account, currency, amount, branchId, description: reason } = expense;
  const credit = new Decimal(amount).negated();
  const owed = { account: ACCOUNTS.accruedCosts, currency, branchId };
  const category = { account, currency, amount, branchId };
  const paid = box && { account: box.account, partyId: box.id, currency, amount: credit, branchId };
  const approval = { documentId: id, event: 'EXPENSE_APPROVED', account: ACCOUNTS.accruedCosts };
  const lines: EntryLine[] =
    event === 'EXPENSE_APPROVED' || !paid
      ? [category, { ...owed, amount: credit }]
      : event === 'EXPENSE'
        ? [category, paid]
        : [{ ...owed, amount, base: new Decimal(await readPostedBase(tx.sql, approval)).negated() }, paid];
  await postLines(tx, { day, event, documentType: 'expense', documentId: id, reason, lines });
}

/** Records what is to be spent: a draft, what is asked for, or what was paid at once. */
export const createExpense = defineCommand(
  [...failuresOf.making, 'INSUFFICIENT_CASH', 'APPROVAL_NEEDED'],
  (tx: Tx, documentContext: DocumentContext, input: NewExpense & { idempotencyKey: string }) => {
    const command = { operation: 'createExpense', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async (given) => {
      const { viewer } = documentContext;
      const [spentOn, box] = await checkAll(
        () => checkExpense(tx, documentContext, given),
        () => (given.boxId == null ? null : getUsableBox(tx, viewer, given.boxId, 'boxId')),
      );
      if (box && !can(viewer, 'cash:approve')) {
        throw new AppError('APPROVAL_NEEDED', msg`Submit the expense; it is paid once it is approved.`, {
          field: 'boxId',
        });
      }
      const branchId = box?.branchId ?? (await primaryBranchId(tx));
      const by = userOf(viewer);
      const approval = box ? { approvedBy: by, approvedOn: spentOn, paidOn: spentOn, boxId: box.id } : {};
      const expense = tx.em.create(Expense, {
        id: newId(),
        number: await nextDocumentNumber(tx, 'EX', branchId),
        status: box ? 'PAID' : given.submit === true ? 'SUBMITTED' : 'DRAFT',
        branchId,
        account: given.account,
        description: given.description.trim(),
        payee: given.payee ?? null,
        currency: given.currency,
        amount: given.amount,
        spentOn,
        requestedBy: by,
        ...approval,
        version: 1,
        createdAt: now(),
      });
      await tx.em.flush();
      if (box) await postExpense(tx, expense, { event: 'EXPENSE', day: spentOn, box });
      return expense;
    });
  },
);

export interface ExpenseStep {
  id: string;
  version: number;
  idempotencyKey: string;
}

/** An expense that the viewer may see, locked, on its way to the next state. */
async function lockExpense(
  tx: Tx,
  { viewer }: DocumentContext,
  { id, version }: { id: string; version: number },
  next: ExpenseState,
): Promise<Expense> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const expense = isId(id) ? await tx.em.findOne(Expense, id, lock) : null;
  const own = expense?.requestedBy != null && expense.requestedBy === userOf(viewer);
  if (!expense || (!own && !can(viewer, 'cash:all'))) throw notFound('Expense', id);
  if (expense.version !== version) throw staleVersion(expense.version);
  expenseTransitions.assert(expense.status, next);
  return expense;
}

/** Changes a draft, or what was rejected. */
export const updateExpense = defineCommand(
  [...failuresOf.making, 'STALE_VERSION', 'ILLEGAL_TRANSITION'],
  (tx: Tx, documentContext: DocumentContext, input: ExpenseStep & ExpenseInput) => {
    const command = { operation: 'updateExpense', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ id, version, ...given }) => {
      const [spentOn, expense] = await checkAll(
        () => checkExpense(tx, documentContext, given),
        () => lockExpense(tx, documentContext, { id, version }, 'SUBMITTED'),
      );
      const { account, description, payee = null, currency, amount } = given;
      Object.assign(expense, { account, description: description.trim(), payee, currency, amount, spentOn });
      return expense;
    });
  },
);

const STEP = [...failuresOf.stepping, 'PERIOD_CLOSED'] as const;

/** Asks for approval. */
export const submitExpense = defineCommand(STEP, (tx: Tx, documentContext: DocumentContext, input: ExpenseStep) =>
  recordDocument(tx, documentContext, { operation: 'submitExpense', kind: 'payment', input }, async (given) => {
    const expense = await lockExpense(tx, documentContext, given, 'SUBMITTED');
    Object.assign(expense, { status: 'SUBMITTED', rejectReason: null });
    return expense;
  }),
);

/** The company owes it from the day on which it counts. */
export const approveExpense = defineCommand(STEP, (tx: Tx, documentContext: DocumentContext, input: ExpenseStep) =>
  recordDocument(tx, documentContext, { operation: 'approveExpense', kind: 'payment', input }, async (given) => {
    const expense = await lockExpense(tx, documentContext, given, 'APPROVED');
    const day = await assertDay(tx, documentContext, expense.spentOn, 'id');
    const { today } = documentContext;
    Object.assign(expense, { status: 'APPROVED', approvedBy: userOf(documentContext.viewer), approvedOn: today });
    await tx.em.flush();
    await postExpense(tx, expense, { event: 'EXPENSE_APPROVED', day });
    return expense;
  }),
);

export const rejectExpense = defineCommand(
  STEP,
  (tx: Tx, documentContext: DocumentContext, input: ExpenseStep & { reason: string }) => {
    const command = { operation: 'rejectExpense', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ reason, ...step }) => {
      const [, expense] = await checkAll(
        () => assertReason(reason),
        () => lockExpense(tx, documentContext, step, 'REJECTED'),
      );
      Object.assign(expense, { status: 'REJECTED', rejectReason: reason.trim() });
      return expense;
    });
  },
);

/** Pays what was approved out of a box. */
export const payExpense = defineCommand(
  [...STEP, 'INSUFFICIENT_CASH'],
  (tx: Tx, documentContext: DocumentContext, input: ExpenseStep & { boxId: string }) => {
    const command = { operation: 'payExpense', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ boxId, ...step }) => {
      const [day, expense, box] = await checkAll(
        () => assertDay(tx, documentContext, null, 'id'),
        () => lockExpense(tx, documentContext, step, 'PAID'),
        () => getUsableBox(tx, documentContext.viewer, boxId, 'boxId'),
      );
      Object.assign(expense, { status: 'PAID', paidOn: day, boxId: box.id });
      await tx.em.flush();
      await postExpense(tx, expense, { event: 'EXPENSE_PAID', day, box });
      return expense;
    });
  },
);

/** Takes an expense back by counter-entries of today; what was paid is in its box again. */
export const voidExpense = defineCommand(
  STEP,
  (tx: Tx, documentContext: DocumentContext, input: ExpenseStep & { reason: string }) => {
    const command = { operation: 'voidExpense', kind: 'payment', input } as const;
    return recordDocument(tx, documentContext, command, async ({ reason, ...step }) => {
      const [day, , expense] = await checkAll(
        () => assertDay(tx, documentContext, null, 'id'),
        () => assertReason(reason),
        () => lockExpense(tx, documentContext, step, 'VOID'),
      );
      const documentId = expense.id;
      for (const reverses of await listPosted(tx.sql, documentId)) {
        await reverseLines(tx, { documentId, reverses, event: `${reverses}_VOID`, day, reason });
      }
      Object.assign(expense, { status: 'VOID', voidedAt: now(), voidedOn: day, voidReason: reason.trim() });
      return expense;
    });
  },
);
