import { sqlMigration } from '../src/platform/db/migration.js';

const currencyOf = (table: string): string =>
  `"currency" text not null constraint "${table}_currency" check ("currency" in ('IQD', 'USD', 'RMB'))`;

/**
 * The chart of accounts of a trading company in Iraq. The codes of the unified accounting system are a proposal that an
 * accountant edits. `party` says what the lines of an account name: a customer, a vendor, a user or a cash box.
 */
const CHART: readonly (readonly [number, string, string, string | null, string, string | null])[] = [
  [1110, 'Tills', 'صناديق البيع', '181', 'ASSET', 'box'],
  [1120, 'Salesperson boxes', 'عُهد المندوبين', '181', 'ASSET', 'box'],
  [1130, 'Safes', 'القاصات', '181', 'ASSET', 'box'],
  [1140, 'Banks', 'المصارف', '183', 'ASSET', 'box'],
  [1150, 'Transfer channels', 'شركات التحويل', '183', 'ASSET', 'box'],
  [1180, 'Cash in transit', 'نقد في الطريق', '18', 'ASSET', null],
  [1190, 'Currency conversion', 'وسيط تحويل العملة', null, 'ASSET', null],
  [1210, 'Receivables', 'الزبائن', '161', 'ASSET', 'customer'],
  [1230, 'Staff debts', 'ذمم الموظفين', '166', 'ASSET', 'user'],
  [1290, 'Revaluation of debts', 'تقييم الذمم', null, 'ASSET', null],
  [1310, 'Stock', 'بضائع بغرض البيع', '137', 'ASSET', null],
  [1320, 'Delivered, not invoiced', 'مسلّم غير مفوتر', '166', 'ASSET', null],
  [1510, 'Fixed assets', 'الموجودات الثابتة', '11', 'ASSET', null],
  [1590, 'Depreciation to date', 'مخصص الاندثار', '231', 'ASSET', null],
  [2110, 'Payables', 'المجهزون', '261', 'LIABILITY', 'vendor'],
  [2120, 'Received, not billed', 'مستلم غير مفوتر', '261', 'LIABILITY', null],
  [2130, 'Tax due', 'ضرائب مستحقة', '267', 'LIABILITY', null],
  [2140, 'Commission due', 'عمولات مستحقة', '266', 'LIABILITY', 'user'],
  [2150, 'Accrued costs', 'مصاريف مستحقة', '266', 'LIABILITY', null],
  [2160, 'Invoiced, not delivered', 'مفوتر غير مسلّم', '266', 'LIABILITY', null],
  [3100, 'Capital', 'رأس المال', '21', 'EQUITY', null],
  [3200, 'Retained earnings', 'أرباح مدورة', '22', 'EQUITY', null],
  [3900, 'Opening balances', 'أرصدة افتتاحية', null, 'EQUITY', null],
  [4100, 'Sales', 'المبيعات', '42', 'INCOME', null],
  [4110, 'Returns and allowances', 'مردودات ومسموحات', '42', 'INCOME', null],
  [4120, 'Discounts', 'خصومات', '42', 'INCOME', null],
  [4200, 'Other income', 'إيرادات أخرى', '49', 'INCOME', null],
  [4810, 'Exchange difference', 'فروق عملة', '39', 'INCOME', null],
  [4820, 'Unrealised exchange difference', 'فروق عملة غير محققة', '39', 'INCOME', null],
  [4830, 'Rounding', 'فروق تقريب', '39', 'INCOME', null],
  [5100, 'Cost of goods sold', 'كلفة المبيعات', '35', 'EXPENSE', null],
  [5110, 'Cost corrections', 'تسويات الكلفة', '35', 'EXPENSE', null],
  [5120, 'Stock differences', 'فروقات المخزون', '39', 'EXPENSE', null],
  [6100, 'Wages', 'الرواتب', '31', 'EXPENSE', null],
  [6200, 'Commission', 'العمولات', '31', 'EXPENSE', null],
  [6500, 'Bad debts', 'ديون معدومة', '39', 'EXPENSE', null],
  [6600, 'Bank and transfer fees', 'عمولات مصرفية', '33', 'EXPENSE', null],
  [6700, 'Cash differences', 'فروقات الصندوق', '39', 'EXPENSE', null],
  [6800, 'Depreciation', 'الاندثار', '37', 'EXPENSE', null],
  [6900, 'Other expenses', 'مصروفات أخرى', '39', 'EXPENSE', null],
];

const text = (value: string | null): string => (value === null ? 'null' : `'${value}'`);

/**
 * The journal: entries with lines that balance, what waits for its number, the numbers, and the balance of each account
 * and party at the end of each day on which it moved (design: issue 10). A line has an amount in its currency and one in
 * the base currency; positive is debit.
 *
 * No foreign key, on purpose: journal_entries.document_id and the party_id of lines and days, because the table depends on
 * another column; journal_pending.entry_id, because a trigger takes it from the lines, which have one. In journal_days the nil uuid stands for the whole account.
 */
export const journal = sqlMigration('20261125000100-journal', [
  `create table "accounts" (
     "code" int not null constraint "accounts_code_check" check ("code" between 1000 and 99999),
     "name" text not null, "name_ar" text not null, "unified_code" text null,
     "kind" text not null constraint "accounts_kind_check" check ("kind" in ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')),
     "party" text null constraint "accounts_party_check" check ("party" in ('customer', 'vendor', 'user', 'box')),
     "active" boolean not null default true,
     constraint "accounts_pkey" primary key ("code"))`,
  `insert into "accounts" ("code", "name", "name_ar", "unified_code", "kind", "party") values
   ${CHART.map(([code, name, nameAr, unified, kind, party]) => `(${code}, '${name}', '${nameAr}', ${text(unified)}, '${kind}', ${text(party)})`).join(',\n   ')}`,
  `insert into "settings" ("key", "value")
     select 'base_currency', to_jsonb(case when exists (select 1 from exchange_rates where currency = 'USD')
       or not exists (select 1 from account_entries) then 'USD' else 'IQD' end) on conflict do nothing`,
  `create table "journal_entries" (
     "id" bigint generated by default as identity constraint "journal_entries_pkey" primary key,
     "day" date not null, "event" text not null, "document_type" text null, "document_id" uuid null,
     "reverses" bigint null, "reason" text null, "actor" text not null, "origin" text not null,
     "xid" xid8 not null default pg_current_xact_id(), "created_at" timestamptz not null default clock_timestamp(),
     constraint "journal_entries_document_unique" unique ("document_id", "event"),
     constraint "journal_entries_reverses_unique" unique ("reverses"),
     constraint "journal_entries_reverses_fkey" foreign key ("reverses") references "journal_entries" ("id"))`,
  `create table "journal_lines" (
     "entry_id" bigint not null, "line" int not null, "account" int not null, "party_id" uuid null, ${currencyOf('journal_lines')},
     "amount" numeric(18,6) not null, "base" numeric(18,6) not null, "day" date not null,
     "branch_id" uuid null, "salesperson_id" uuid null, "product_id" uuid null,
     constraint "journal_lines_pkey" primary key ("entry_id", "line"),
     constraint "journal_lines_entry_id_fkey" foreign key ("entry_id") references "journal_entries" ("id"),
     constraint "journal_lines_account_fkey" foreign key ("account") references "accounts" ("code"),
     constraint "journal_lines_branch_id_fkey" foreign key ("branch_id") references "branches" ("id"),
     constraint "journal_lines_salesperson_id_fkey" foreign key ("salesperson_id") references "users" ("id"),
     constraint "journal_lines_product_id_fkey" foreign key ("product_id") references "products" ("id"))`,
  `create index "journal_lines_account" on "journal_lines" ("account", "currency", "day", "entry_id", "line") include ("amount", "base")`,
  `create index "journal_lines_party" on "journal_lines" ("account", "party_id", "currency", "day", "entry_id", "line") include ("amount", "base") where (party_id is not null)`,
  `create table "journal_pending" ("entry_id" bigint not null,
     constraint "journal_pending_pkey" primary key ("entry_id"))`,
  `create table "journal_numbers" ("number" bigint not null, "entry_id" bigint not null,
     constraint "journal_numbers_pkey" primary key ("number"),
     constraint "journal_numbers_entry_id_unique" unique ("entry_id"),
     constraint "journal_numbers_entry_id_fkey" foreign key ("entry_id") references "journal_entries" ("id"))`,
  `create table "journal_head" ("id" smallint not null constraint "journal_head_id_check" check (id = 1),
     "number" bigint not null default 0, constraint "journal_head_pkey" primary key ("id"))`,
  `insert into "journal_head" ("id") values (1)`,
  `create table "journal_days" (
     "account" int not null, "party_id" uuid not null, ${currencyOf('journal_days')}, "day" date not null,
     "debit" numeric(20,6) not null default 0, "credit" numeric(20,6) not null default 0,
     "base_debit" numeric(20,6) not null default 0, "base_credit" numeric(20,6) not null default 0,
     "balance" numeric(20,6) not null, "base" numeric(20,6) not null,
     constraint "journal_days_pkey" primary key ("account", "party_id", "currency", "day"),
     constraint "journal_days_account_fkey" foreign key ("account") references "accounts" ("code"))`,
]);
