import { documentScope } from '../documents/document.queries.js';
import { FRESH_LINES } from '../ledger/journal.queries.js';
import { column, HEADS, only, type ReportAsk, type ReportDefinition } from '../platform/read/report.js';
import { type Ask, Params, type StatementReader } from '../platform/read/sql.js';

/** Who owes whom: customers us, or we vendors. */
export type Side = 'receivables' | 'payables';

interface OpenSide {
  parties: string;
  documents: string;
  party: string;
  day: string;
  allocations: string;
  document: string;
  /** By how much a document `d` was corrected after a day. */
  correctedAfter(day: string): string;
  account: number;
  /** Of what is owed, in the journal. */
  sign: 1 | -1;
}

const SIDES: Record<Side, OpenSide> = {
  receivables: {
    parties: 'customers',
    documents: 'invoices',
    party: 'customer_id',
    day: 'issued_on',
    allocations: 'allocations',
    document: 'invoice_id',
    correctedAfter: () => '0',
    account: 1210,
    sign: 1,
  },
  payables: {
    parties: 'vendors',
    documents: 'bills',
    party: 'vendor_id',
    day: 'billed_on',
    allocations: `(select bill_id, day, amount from bill_allocations union all select bill_id, day, amount from vendor_credit_allocations)`,
    document: 'bill_id',
    correctedAfter: (day) =>
      `coalesce((select sum(c.amount) from bill_corrections c where c.bill_id = d.id and c.corrected_on > ${day}), 0)`,
    account: 2110,
    sign: -1,
  },
};

/**
 * The documents of a side that were open at the end of a day, as rows (party_id, currency, branch_id, due_on, open). What
 * is open now is kept with the document; of a past day it is the total less what was settled until then, read of those
 * documents alone that were not settled yet.
 */
export function openItems(side: Side, { on, today }: { on: string; today: string }, params: Params): string {
  const { documents, party, day, allocations, document, correctedAfter } = SIDES[side];
  if (on >= today) {
    return `(select d.${party} as party_id, d.currency, d.branch_id, d.due_on, d.balance as open from ${documents} d where d.balance > 0)`;
  }
  const last = `${params.add(on)}::date`;
  return `(select x.* from (
      select d.${party} as party_id, d.currency, d.branch_id, d.due_on,
        d.total - ${correctedAfter(last)}
          - coalesce((select sum(a.amount) from ${allocations} a where a.${document} = d.id and a.day <= ${last}), 0) as open
      from ${documents} d
      where d.${day} <= ${last} and coalesce(d.settled_on, 'infinity'::date) > ${last}
        and (d.voided_at is null or coalesce(d.voided_on, d.voided_at::date) > ${last})
    ) x where x.open > 0)`;
}

/** Whose money a viewer sees: that of the own customers, or all vendors. */
const scopeOf = (side: Side, ask: Ask, params: Params, party: string): string =>
  side === 'receivables' ? documentScope({ viewer: ask.viewer, params }, party) : 'true';

export interface AgeingRow {
  recordId: string;
  code: string;
  name: string;
  nameAr: string;
  currency: string;
  documents: number;
  current: string;
  days1to30: string;
  days31to60: string;
  days61to90: string;
  over90: string;
  open: string;
  onAccount: string;
  balance: string;
}

const LATE: readonly (readonly [string, string])[] = [
  ['current', '<= 0'],
  ['days1to30', 'between 1 and 30'],
  ['days31to60', 'between 31 and 60'],
  ['days61to90', 'between 61 and 90'],
  ['over90', '> 90'],
];

/**
 * What each party owes at the end of a day, by how late it is, with the credit on account and the balance that is left.
 * Documents say what is open, the journal what is owed; the difference is money on account. What a merged customer owed
 * counts for the one that stays.
 */
const ageingSql =
  (side: Side) =>
  (ask: ReportAsk, params: Params): string => {
    const { parties, account, sign } = SIDES[side];
    const last = `${params.add(ask.to)}::date`;
    const items = openItems(side, { on: ask.to, today: ask.today }, params);
    const currency = ask.currency === null ? '' : ` and k.currency = ${params.add(ask.currency)}`;
    const filters =
      only('c.id', ask.partyId, params) +
      (side === 'receivables' ? only('c.salesperson_id', ask.salespersonId, params) : '') +
      currency;
    const [kept, merged] =
      side === 'receivables'
        ? ['c.merged_into_id is null', MERGED]
        : ['true', 'select null::uuid as member, null::uuid as kept where false'];
    return `with recursive merged as (${merged}), fresh as materialized (
        select f.party_id, f.currency, sum(f.amount) as amount from ${FRESH_LINES} f
        where f.account = ${account} and f.day <= ${last} group by 1, 2
      )
      select c.id as "recordId", c.code, c.name, c.name_ar as "nameAr", k.currency, o.documents::int as documents,
        ${LATE.map(([name]) => `o."${name}"`).join(', ')}, o.open, o.open - b.balance as "onAccount", b.balance
      from ${parties} c cross join (values ('IQD'), ('RMB'), ('USD')) k(currency)
        cross join lateral (
          select count(*) as documents, coalesce(sum(i.open), 0) as open,
            ${LATE.map(([name, late]) => `coalesce(sum(i.open) filter (where ${last} - i.due_on ${late}), 0) as "${name}"`).join(', ')}
          from ${items} i where i.party_id = c.id and i.currency = k.currency offset 0) o
        cross join lateral (
          select ${sign} * coalesce(sum(x.amount), 0) as balance
          from (select c.id union all select g.member from merged g where g.kept = c.id) m(id) cross join lateral (
            (select d.balance as amount from journal_days d where d.account = ${account} and d.party_id = m.id
               and d.currency = k.currency and d.day <= ${last} order by d.day desc limit 1)
            union all
            select f.amount from fresh f where f.party_id = m.id and f.currency = k.currency) x offset 0) b
      where ${kept} and ${scopeOf(side, ask, params, 'c.id')}${filters} and (o.documents > 0 or b.balance <> 0)
      order by c.code, k.currency`;
  };

/** Every customer that was merged, with each that stayed after it. */
const MERGED = `select c.id as member, c.merged_into_id as kept from customers c where c.merged_into_id is not null
  union select g.member, c.merged_into_id from merged g join customers c on c.id = g.kept where c.merged_into_id is not null`;

const columns = (owed: string, owedAr: string) => [
  column('recordId', 'Id', 'المعرّف'),
  HEADS.code,
  HEADS.name,
  HEADS.nameAr,
  HEADS.currency,
  column('documents', 'Open documents', 'المستندات المفتوحة'),
  column('current', 'Not due', 'غير مستحق'),
  column('days1to30', '1 to 30 days late', 'متأخر 1 إلى 30 يومًا'),
  column('days31to60', '31 to 60 days late', 'متأخر 31 إلى 60 يومًا'),
  column('days61to90', '61 to 90 days late', 'متأخر 61 إلى 90 يومًا'),
  column('over90', 'More than 90 days late', 'متأخر أكثر من 90 يومًا'),
  column('open', 'Open', 'المفتوح'),
  column('onAccount', 'On account', 'تحت الحساب'),
  column('balance', owed, owedAr),
];

export const receivablesAgeingReport: ReportDefinition = {
  root: 'receivablesAgeing',
  permission: 'reports:read',
  filters: ['to', 'currency', 'partyId', 'salespersonId'],
  columns: columns('Owed by the customer', 'المستحق على العميل'),
  sql: ageingSql('receivables'),
};

export const vendorAgeingReport: ReportDefinition = {
  root: 'vendorAgeing',
  permission: 'purchasing:read',
  filters: ['to', 'currency', 'partyId'],
  columns: columns('Owed to the vendor', 'المستحق للمجهز'),
  sql: ageingSql('payables'),
};

/** Which of what is open at the end of a day: all of it, or what was due before the day. */
export type Lateness = 'any' | 'overdue';

/** What customers left open at the end of a day, in each currency: the sum of their ageing. */
export function openTotals(reader: StatementReader, on: string, lateness: Lateness): Promise<OpenTotal[]> {
  const params = new Params();
  const late = lateness === 'any' ? 'true' : `i.due_on < ${params.add(on)}::date`;
  return reader.read<OpenTotal>(
    `select i.currency, count(*)::int as documents, sum(i.open)::text as total
     from ${openItems('receivables', { on, today: reader.today }, params)} i
     where ${scopeOf('receivables', reader, params, 'i.party_id')} and ${late} group by 1 order by 1`,
    params.values,
  );
}

export interface OpenTotal {
  currency: string;
  documents: number;
  total: string;
}
