import { AppError, badInput, staleVersion } from '../kernel/errors.js';
import { assertText } from '../kernel/document-values.js';
import { assertAll, checkAll } from '../kernel/faults.js';
import { msg } from '../kernel/message.js';
import { assertNames } from '../kernel/naming.js';
import { assertNeverNull } from '../kernel/patch.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { Account, type AccountKind } from './account.entity.js';
import { ACCOUNTS } from './posting-table.js';

const KINDS: Readonly<Record<string, AccountKind>> = { 1: 'ASSET', 2: 'LIABILITY', 3: 'EQUITY', 4: 'INCOME' };

/** The kind of an account, by the first digit of its code. */
const kindOf = (code: number): AccountKind => KINDS[String(code).charAt(0)] ?? 'EXPENSE';

const POSTED_BY_CODE: ReadonlySet<number> = new Set(Object.values(ACCOUNTS));

export interface NewAccount {
  code: number;
  name: string;
  nameAr: string;
  unifiedCode?: string | null | undefined;
}

/** Adds an account to the chart; entries of an accountant and expenses may name it. */
export const createAccount = defineCommand(
  ['BAD_INPUT', 'ALREADY_EXISTS'],
  async (tx: Tx, input: NewAccount): Promise<Account> => {
    const { code } = input;
    await checkAll(
      async () => {
        if (code < 1000 || code > 99999) throw badInput('code', msg`The code of an account has 4 or 5 digits.`);
        if ((await tx.em.count(Account, { code })) > 0) {
          throw new AppError('ALREADY_EXISTS', msg`There is an account ${code} already.`, { field: 'code' });
        }
      },
      () => assertNames(input),
      () => assertText(input.unifiedCode, 'unifiedCode'),
    );
    return tx.em.create(Account, {
      code,
      name: input.name.trim(),
      nameAr: input.nameAr.trim(),
      unifiedCode: input.unifiedCode ?? null,
      kind: kindOf(code),
      party: null,
      control: false,
      active: true,
      version: 1,
    });
  },
);

export interface AccountPatch {
  code: number;
  version: number;
  name?: string | undefined;
  nameAr?: string | undefined;
  unifiedCode?: string | null | undefined;
  active?: boolean | undefined;
}

/** Throws BAD_INPUT when there is no such account. */
export async function getAccount(tx: Tx, code: number, field = 'code'): Promise<Account> {
  const found = await tx.em.findOne(Account, { code });
  if (!found) throw badInput(field, msg`There is no account ${code}.`);
  return found;
}

/** Renames an account, or takes it out of use; its entries stay. An account that documents post to stays in use. */
export const updateAccount = defineCommand(
  ['BAD_INPUT', 'STALE_VERSION'],
  async (tx: Tx, input: AccountPatch): Promise<Account> => {
    const found = await getAccount(tx, input.code);
    const { name = found.name, nameAr = found.nameAr, active = found.active } = input;
    assertAll(
      () => assertNeverNull(input, ['name', 'nameAr', 'active']),
      () => assertNames(input),
      () => assertText(input.unifiedCode, 'unifiedCode'),
      () => {
        if (!active && (found.control || found.party != null || POSTED_BY_CODE.has(found.code))) {
          throw badInput('active', msg`Documents post to account ${found.code}, so it stays in use.`);
        }
      },
    );
    if (found.version !== input.version) throw staleVersion(found.version);
    const unifiedCode = input.unifiedCode === undefined ? found.unifiedCode : input.unifiedCode;
    Object.assign(found, { name: name.trim(), nameAr: nameAr.trim(), active, unifiedCode });
    return found;
  },
);
