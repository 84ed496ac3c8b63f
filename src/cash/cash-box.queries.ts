import { can, type Viewer } from '../kernel/viewer.js';
import type { Tx } from '../platform/db/transact.js';
import { computed, many, read, type RowOf } from '../platform/read/definition.js';
import type { Columns } from '../platform/read/entity-columns.js';
import { inline, Params, raw, slots, type Sql, type StatementReader, sql } from '../platform/read/sql.js';
import { type Who, whoOf } from '../platform/read/who.js';
import { BOX_ACCOUNTS, BOX_KINDS, CashBalance, CashBox } from './cash-box.entity.js';

type Run = Tx['sql'];

export const boxKind = (box: Columns<CashBox>): Sql =>
  sql`(case ${box.account} ${raw(BOX_KINDS.map((kind) => `when ${BOX_ACCOUNTS[kind]} then '${kind}'`).join(' '))} end)`;

/** A keeper sees the own boxes, whoever has cash:all those of everybody; used by every path to a box. */
export const ownBoxes = (keeperId: Sql, who: Who): Sql | boolean => {
  if (can(who, 'cash:all')) return true;
  return who.kind === 'user' ? sql`${keeperId} = ${slots.userId}` : false;
};

/** `ownBoxes` for statements that are written as text. */
export function boxScope(viewer: Viewer, params: Params, keeperId: string): string {
  const scope = ownBoxes(raw(keeperId), whoOf(viewer));
  return typeof scope === 'boolean' ? String(scope) : inline(scope, { viewer, today: '' }, params);
}

export const cashBalanceRead = read(CashBalance, {
  id: (balance) => balance.boxId,
  always: ['currency'],
});

export const cashBoxRead = read(CashBox, {
  scope: (box, who) => ownBoxes(box.keeperId, who),
  fields: {
    kind: computed(boxKind),
    balances: many(CashBalance, (box, balance) => sql`${balance.boxId} = ${box.id}`, {
      orderBy: (balance) => balance.currency,
    }),
  },
});

export type CashBoxRow = RowOf<typeof cashBoxRead>;

/** What each box that the viewer sees held in each currency on the end of a day, exact to the last commit. */
export function listBalancesOn(
  reader: StatementReader,
  day: string,
): Promise<{ boxId: string; currency: string; balance: string }[]> {
  const params = new Params();
  const on = params.add(day);
  return reader.read(
    `select k.box_id as "boxId", k.currency, (coalesce(d.balance, 0) + coalesce(f.amount, 0))::text as balance
     from cash_boxes b join cash_balances k on k.box_id = b.id
       left join lateral (select x.balance from journal_days x where x.account = b.account and x.party_id = b.id
         and x.currency = k.currency and x.day <= ${on}::date order by x.day desc limit 1) d on true
       left join lateral (select sum(l.amount) as amount from journal_pending p cross join lateral
           (select y.* from journal_lines y where y.entry_id = p.entry_id offset 0) l
         where l.account = b.account and l.party_id = b.id and l.currency = k.currency and l.day <= ${on}::date) f on true
     where ${boxScope(reader.viewer, params, 'b.keeper_id')} order by b.name, b.id, k.currency`,
    params.values,
  );
}

/** The account of a box that the viewer sees; null: there is none. */
export async function findBoxAccount(reader: StatementReader, boxId: string): Promise<number | null> {
  const params = new Params();
  const [row] = await reader.read<{ account: number }>(
    `select b.account from cash_boxes b where b.id = ${params.add(boxId)}::uuid
       and ${boxScope(reader.viewer, params, 'b.keeper_id')}`,
    params.values,
  );
  return row?.account ?? null;
}

/** What a box holds, locked until the Tx ends; a currency that never was in it is left out. */
export async function lockBoxBalances(run: Run, boxId: string): Promise<Map<string, string>> {
  const rows = await run<{ currency: string; balance: string }>(
    'select currency, balance from cash_balances where box_id = $1 order by currency for update',
    [boxId],
  );
  return new Map(rows.map(({ currency, balance }) => [currency, balance]));
}

/** The box of a branch that takes what names none. */
export async function findDefaultBox(run: Run, account: number, branchId: string): Promise<string | null> {
  const [row] = await run<{ id: string | null }>('select default_cash_box($1, $2::uuid) as id', [account, branchId]);
  return row?.id ?? null;
}
