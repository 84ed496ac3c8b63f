import type { DocumentContext } from '../documents/document-context.service.js';
import { primaryBranchId } from '../documents/warehouse.service.js';
import { User } from '../identity/user.entity.js';
import { now } from '../kernel/clock.js';
import { AppError, badInput, notFound, staleVersion } from '../kernel/errors.js';
import { checkAll } from '../kernel/faults.js';
import { isId, newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { assertNames, MAX_NAME } from '../kernel/naming.js';
import { Decimal } from '../kernel/money.js';
import { assertNeverNull } from '../kernel/patch.js';
import { can, type Viewer } from '../kernel/viewer.js';
import type { MoneyPlace } from '../ledger/journal.service.js';
import { Branch } from '../organisation/branch.entity.js';
import type { PaymentMethod } from '../organisation/payment-method.entity.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { BOX_ACCOUNTS, type BoxKind, CashBox } from './cash-box.entity.js';
import { lockBoxBalances } from './cash-box.queries.js';

const ofOnePerson = (account: number): boolean => account === BOX_ACCOUNTS.TILL || account === BOX_ACCOUNTS.SALESPERSON;
const canOverdraw = (account: number): boolean => account === BOX_ACCOUNTS.BANK || account === BOX_ACCOUNTS.CHANNEL;

/** Who is to keep a box: known, active, and keeper of no other one of its kind. */
async function assertKeeper(tx: Tx, account: number, keeperId: string | null, self?: string): Promise<void> {
  if (keeperId === null) {
    if (account === BOX_ACCOUNTS.SALESPERSON) throw badInput('keeperId', msg`A salesperson’s box has a keeper.`);
    return;
  }
  const keeper = isId(keeperId) ? await tx.em.findOne(User, { id: keeperId, active: true }) : null;
  if (!keeper) throw notFound('User', keeperId, 'keeperId');
  if (!ofOnePerson(account)) return;
  const other = await tx.em.findOne(CashBox, { keeperId, account, active: true });
  if (other && other.id !== self) {
    throw new AppError('ALREADY_EXISTS', msg`${keeper.name} keeps ${other.name} already.`, { field: 'keeperId' });
  }
}

function assertOverdraft(account: number, mayOverdraw: boolean): void {
  if (mayOverdraw && !canOverdraw(account))
    throw badInput('mayOverdraw', msg`Only a bank or a transfer channel can hold less than nothing.`);
}

export interface NewCashBox {
  kind: BoxKind;
  name: string;
  nameAr: string;
  branchId?: string | null | undefined;
  keeperId?: string | null | undefined;
  mayOverdraw?: boolean | null | undefined;
}

/** Makes a box. The first of its kind in a branch takes what names no box. */
export const createCashBox = defineCommand(
  ['BAD_INPUT', 'NOT_FOUND', 'ALREADY_EXISTS'],
  async (tx: Tx, input: NewCashBox): Promise<CashBox> => {
    const account = BOX_ACCOUNTS[input.kind];
    const keeperId = input.keeperId ?? null;
    const [branchId] = await checkAll(
      async () => {
        const id = input.branchId ?? (await primaryBranchId(tx));
        const branch = isId(id) ? await tx.em.findOne(Branch, { id, active: true }) : null;
        if (!branch) throw notFound('Branch', id, 'branchId');
        return branch.id;
      },
      () => assertNames(input),
      () => assertKeeper(tx, account, keeperId),
      () => assertOverdraft(account, input.mayOverdraw === true),
    );
    const first = !ofOnePerson(account) && (await tx.em.count(CashBox, { account, branchId, isDefault: true })) === 0;
    return tx.em.create(CashBox, {
      id: newId(),
      account,
      name: input.name.trim(),
      nameAr: input.nameAr.trim(),
      branchId,
      keeperId,
      isDefault: first,
      mayOverdraw: input.mayOverdraw === true,
      active: true,
      version: 1,
      createdAt: now(),
    });
  },
);

export interface CashBoxPatch {
  id: string;
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  keeperId?: string | null | undefined;
  isDefault?: boolean | undefined;
  mayOverdraw?: boolean | undefined;
  active?: boolean | undefined;
}

async function assertClosable(tx: Tx, box: CashBox): Promise<void> {
  if (box.isDefault) throw badInput('active', msg`${box.name} takes what names no box. Name another one first.`);
  for (const [currency, balance] of await lockBoxBalances(tx.sql, box.id)) {
    if (!new Decimal(balance).isZero()) throw badInput('active', msg`${box.name} holds ${currency}. Empty it first.`);
  }
}

/** Changes what is given; its kind and branch stay, because its lines carry them. */
export const updateCashBox = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'ALREADY_EXISTS', 'STALE_VERSION'],
  async (tx: Tx, input: CashBoxPatch): Promise<void> => {
    const box = isId(input.id) ? await tx.em.findOne(CashBox, input.id) : null;
    if (!box) throw notFound('Cash box', input.id);
    const { name = box.name, nameAr = box.nameAr, mayOverdraw = box.mayOverdraw, active = box.active } = input;
    const keeperId = input.keeperId === undefined ? (box.keeperId ?? null) : input.keeperId;
    await checkAll(
      () => assertNeverNull(input, ['name', 'nameAr', 'isDefault', 'mayOverdraw', 'active']),
      () => assertNames(input),
      () => assertKeeper(tx, box.account, keeperId, box.id),
      () => assertOverdraft(box.account, mayOverdraw),
      () => {
        if (input.isDefault === false && box.isDefault)
          throw badInput('isDefault', msg`Name the box that takes its place.`);
      },
      () => (box.active && !active ? assertClosable(tx, box) : undefined),
    );
    if (box.version !== input.version) throw staleVersion(box.version);
    if (input.isDefault === true && !box.isDefault) {
      const { account, branchId } = box;
      const before = await tx.em.findOne(CashBox, { account, branchId, isDefault: true });
      if (before) before.isDefault = false;
      await tx.em.flush();
      box.isDefault = true;
    }
    Object.assign(box, { name: name.trim(), nameAr: nameAr.trim(), keeperId, mayOverdraw, active });
  },
);

/** An open box that the viewer may use: the own one, or any with cash:all. Throws NOT_FOUND, BAD_INPUT. */
export async function getUsableBox(tx: Tx, viewer: Viewer, id: string, field: string): Promise<CashBox> {
  const found = isId(id) ? await tx.em.findOne(CashBox, id) : null;
  const own = viewer.kind === 'user' && found?.keeperId === viewer.userId;
  if (!found || (!own && !can(viewer, 'cash:all'))) throw notFound('Cash box', id, field);
  if (!found.active) throw badInput(field, msg`${found.name} is closed.`);
  return found;
}

/** The open box of a kind that a person keeps; made when there is none, and in the database when it answers. */
export async function ensureOwnBox(
  tx: Tx,
  { userId, kind, branchId }: { userId: string; kind: 'TILL' | 'SALESPERSON'; branchId: string },
): Promise<CashBox> {
  const account = BOX_ACCOUNTS[kind];
  const own = await tx.em.findOne(CashBox, { keeperId: userId, account, active: true });
  if (own) return own;
  const { name } = await tx.em.findOneOrFail(User, userId);
  const made = tx.em.create(CashBox, {
    id: newId(),
    account,
    name: `${kind === 'TILL' ? 'Till' : 'Box'} of ${name}`.slice(0, MAX_NAME),
    nameAr: `${kind === 'TILL' ? 'صندوق بيع' : 'عهدة'} ${name}`.slice(0, MAX_NAME),
    branchId,
    keeperId: userId,
    isDefault: false,
    mayOverdraw: false,
    active: true,
    version: 1,
    createdAt: now(),
  });
  await tx.em.flush();
  return made;
}

/** What decides where money of a document goes to or comes from. */
export interface BoxChoice {
  boxId?: string | null | undefined;
  method: PaymentMethod;
  branchId: string;
  /** The drawer of the till that the money passes; null for a shift from before there were drawers. */
  drawer?: CashBox | null | undefined;
}

const takesMethod = ({ account }: CashBox, method: PaymentMethod): boolean =>
  canOverdraw(account) !== (method === 'CASH');

/**
 * Where money that changes hands lies: the box named; the drawer of a till; the own one of a salesperson who collects cash,
 * and of a cashier who has a till; otherwise the default one of the branch: of the tills, of the safes for other cash, of the
 * banks for the rest. Throws NOT_FOUND, BAD_INPUT.
 */
export async function chooseBox(tx: Tx, { viewer }: DocumentContext, choice: BoxChoice): Promise<MoneyPlace> {
  const { boxId, method, branchId, drawer } = choice;
  if (boxId != null) {
    const box = await getUsableBox(tx, viewer, boxId, 'boxId');
    if (!takesMethod(box, method))
      throw badInput('boxId', msg`${box.name} does not hold money of the method ${method}.`);
    return box;
  }
  if (method !== 'CASH') return { account: BOX_ACCOUNTS.BANK, id: null };
  return drawer ?? (await ownBox(tx, viewer, branchId)) ?? { account: defaultOf(drawer), id: null };
}

const defaultOf = (drawer: BoxChoice['drawer']): number =>
  drawer === undefined ? BOX_ACCOUNTS.SAFE : BOX_ACCOUNTS.TILL;

/** The box of who takes or gives cash and does not see those of everybody. */
async function ownBox(tx: Tx, viewer: Viewer, branchId: string): Promise<CashBox | null> {
  if (viewer.kind !== 'user' || can(viewer, 'cash:all') || !can(viewer, 'cash:use')) return null;
  const { userId } = viewer;
  // Whoever sees only the own customers collects from them, on the road.
  if (!can(viewer, 'customers:all')) return ensureOwnBox(tx, { userId, kind: 'SALESPERSON', branchId });
  return tx.em.findOne(CashBox, { keeperId: userId, account: BOX_ACCOUNTS.TILL, active: true });
}
