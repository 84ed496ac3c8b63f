import type { TestApp } from './app.js';
import { faultsOfBooks } from './selling.js';

/** What of an amount belongs to so much of a quantity, as commands round it. */
const upTo = (amount: string, done: string, quantity: string, currency: string): string =>
  `round(${amount} * ${done} / ${quantity}, case ${currency} when 'IQD' then 0 else 2 end)`;

/** What an amount of a bill is worth in the base currency, at the rate that it has. */
const worth = (amount: string): string =>
  `case b.currency when 'USD' then ${amount} else round(${amount} * b.exchange_rate /
     (select r.rate from exchange_rates r where r.currency = 'USD' and r.effective_on <= b.billed_on order by r.effective_on desc limit 1), 2) end`;

const perDay = (account: number, documents: string): string =>
  `select coalesce(j.key, k.key) as id from
     (select concat_ws(' ', l.currency, l.day) as key, sum(l.amount) as n from journal_lines l where l.account = ${account} group by 1) j
     full join (select concat_ws(' ', currency, day) as key, sum(amount) as n from (${documents}) d group by 1) k on k.key = j.key
   where coalesce(j.n, 0) <> coalesce(k.n, 0)`;

const CHECKS: readonly [string, string][] = [
  [
    'the balance of an account or party at some day is not the sum of its lines up to it',
    `with numbered as (
       select l.account, l.party_id, l.currency, l.day, l.amount, l.base from journal_lines l join journal_numbers n on n.entry_id = l.entry_id
     ), keyed as (
       select account, '00000000-0000-0000-0000-000000000000'::uuid as party_id, currency, day, amount, base from numbered
       union all select account, party_id, currency, day, amount, base from numbered where party_id is not null
     ), days as (
       select account, party_id, currency, day, sum(amount) as amount, sum(base) as base, sum(greatest(amount, 0)) as debit from keyed group by 1, 2, 3, 4
     ), naive as (
       select *, sum(amount) over k as balance, sum(base) over k as base_balance from days window k as (partition by account, party_id, currency order by day))
     select concat_ws(' ', coalesce(n.account, d.account), coalesce(n.party_id, d.party_id), coalesce(n.day, d.day)) as id from naive n
       full join journal_days d on d.account = n.account and d.party_id = n.party_id and d.currency = n.currency and d.day = n.day
     where (n.balance, n.base_balance, n.debit) is distinct from (d.balance, d.base, d.debit)`,
  ],
  [
    'an entry waits for its number and has one, or neither',
    `select e.id::text from journal_entries e left join journal_numbers n on n.entry_id = e.id left join journal_pending p on p.entry_id = e.id
     where (n.entry_id is null) = (p.entry_id is null)`,
  ],
  [
    'the books of a day are not zero in some currency, or an entry mixes days',
    `select day::text as id from journal_lines group by day having sum(base) <> 0
     union all select day::text from journal_lines group by day, currency having sum(amount) <> 0
     union all select l.entry_id::text from journal_lines l join journal_entries e on e.id = l.entry_id where e.day <> l.day`,
  ],
  [
    'what was received and is not billed is not that of receipts and bills',
    `with open as (
       select r.currency, l.amount - ${upTo('l.amount', 'l.billed', 'l.quantity', 'r.currency')} as amount,
         l.value - ${upTo('l.value', 'l.billed', 'l.quantity', `'USD'`)} as base
       from goods_receipts r join goods_receipt_lines l on l.receipt_id = r.id where r.order_id is not null
       union all
       select b.currency, x.reached - x.whole, ${worth('x.reached')} - ${worth('x.whole')} from bills b join lateral (
         select l.line_total + l.landed_cost as whole, ${upTo('(l.line_total + l.landed_cost)', 'l.received', 'l.quantity', 'b.currency')} as reached
         from bill_lines l where l.bill_id = b.id and l.stocked and l.receipt_line_id is null) x on true where b.voided_at is null
     ), sums as (select currency, sum(amount) as amount, sum(base) as base from open group by 1),
     journal as (select currency, -sum(amount) as amount, -sum(base) as base from journal_lines where account = 2120 group by 1)
     select concat_ws(' ', coalesce(s.currency, j.currency), s.amount, j.amount, s.base, j.base) as id from sums s full join journal j on j.currency = s.currency
     where (coalesce(s.amount, 0), coalesce(s.base, 0)) <> (coalesce(j.amount, 0), coalesce(j.base, 0))`,
  ],
  [
    'the goods of the company are not those of its warehouses and on the way',
    `select c.product_id::text as id from product_costs c
       left join lateral (select coalesce(sum(s.on_hand), 0) as n from stock_levels s where s.product_id = c.product_id) held on true
       left join lateral (select coalesce(sum(l.quantity - l.received - l.lost), 0) as n from goods_transfer_lines l where l.product_id = c.product_id) way on true
     where c.opened and c.quantity <> held.n + way.n`,
  ],
  [
    'cash in transit on a day is not that of the transfers',
    perDay(
      1180,
      `select l.currency, t.sent_on as day, l.amount from cash_transfers t join cash_transfer_lines l on l.transfer_id = t.id where t.kind <> 'EXCHANGE' and t.sent_on is not null
       union all select l.currency, coalesce(t.received_on, e.day), -l.amount from cash_transfers t join cash_transfer_lines l on l.transfer_id = t.id
         left join journal_entries e on e.document_id = t.id and e.event = 'CASH_SENT_CANCELLED'
         where t.kind <> 'EXCHANGE' and t.sent_on is not null and coalesce(t.received_on, e.day) is not null`,
    ),
  ],
  [
    'cash in transit is worth something when there is none',
    `select currency as id from journal_lines l where account = 1180
       and not exists (select 1 from cash_transfers t join cash_transfer_lines x on x.transfer_id = t.id where t.status = 'SENT' and x.currency = l.currency)
     group by 1 having sum(base) <> 0`,
  ],
  [
    'what is owed of expenses on a day is not that of those approved and not paid',
    perDay(
      2150,
      `select x.currency, e.day, -x.amount as amount from expenses x join journal_entries e on e.document_id = x.id and e.event = 'EXPENSE_APPROVED'
         and exists (select 1 from journal_lines l where l.entry_id = e.id and l.account = 2150)
       union all select x.currency, x.paid_on, x.amount from expenses x where x.paid_on is not null
         and exists (select 1 from journal_entries e where e.document_id = x.id and e.event = 'EXPENSE_APPROVED')
       union all select x.currency, x.voided_on, x.amount from expenses x where x.voided_on is not null and x.paid_on is null`,
    ),
  ],
  [
    'what is due of commissions on a day is not that of those approved and not paid',
    perDay(
      2140,
      `select currency, approved_on as day, -total as amount from commissions where approved_on is not null
       union all select currency, paid_on, total from commissions where paid_on is not null`,
    ),
  ],
  [
    'a shift was closed with another sum than its drawer held',
    `select s.id::text from till_sessions s join till_counts k on k.session_id = s.id
       left join lateral (select coalesce(sum(l.amount), 0) as n from journal_lines l where l.account = 1110 and l.party_id = s.box_id and l.currency = k.currency
         and l.entry_id <= s.closed_entry) j on true
     where s.closed_at is not null and k.counted <> j.n`,
  ],
];

/** What must hold of a company's books at the end and at every past day; answers what does not. */
export async function faultsOfEveryDay(t: Pick<TestApp, 'db'>): Promise<string[]> {
  const faults = await faultsOfBooks(t);
  for (const [what, text] of CHECKS) {
    const rows = await t.db.sql<{ id: string }>(text);
    if (rows.length > 0) faults.push(`${what}: ${rows.length}, such as ${rows[0]?.id}`);
  }
  return faults;
}
