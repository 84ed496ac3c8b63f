import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SimulatedContact } from '../../src/simulator/company-contacts.js';
import type { SimulatedItem } from '../../src/simulator/company.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { INVOICES, Mirrored } from '../support/mirrored.js';

const recorded = JSON.parse(readFileSync('test/fixtures/books-invoice-detail.json', 'utf8')).invoice;

describe('invoices of Zoho', () => {
  const invoices = new Mirrored(INVOICES);
  let t: TestApp;
  let owner: TestClient;
  let contact: SimulatedContact;
  let items: SimulatedItem[];
  let next = 0;
  let id = '';
  beforeAll(async () => {
    t = await startTestApp({ simulator: { items: 6, contacts: 0, resources: [invoices.resource()] } });
    owner = await t.as('OWNER');
    items = t.simulator!.items().slice(0, 6);
  });
  afterAll(() => t.stop());
  beforeEach(async () => {
    await t.drain();
    contact = t.simulator!.addContact({ type: 'customer', currency: 'USD', active: true });
    id = `inv-${(next += 1)}`;
  });

  const bodyOf = (change: object = {}) => ({
    ...recorded,
    salesorder_id: '',
    currency_code: 'USD',
    customer_id: contact.contactId,
    invoice_number: `INV-${id}`,
    date: '2026-01-10',
    due_date: '2026-02-09',
    line_items: recorded.line_items.map((line: object, index: number) => ({
      ...line,
      line_item_id: `${id}-${index}`,
      item_id: items[index]?.itemId,
    })),
    ...change,
  });
  const bring = async (body: object): Promise<void> => {
    await invoices.send(t, invoices.put(id, body as never));
    await t.drain();
  };
  const edit = async (change: object): Promise<void> => {
    await invoices.send(t, invoices.edit(id, change as never));
    await t.drain();
  };
  const row = async () => (await t.db.sql<any>('select * from invoices where external_ref = $1', [id]))[0];
  const balance = async (): Promise<number> =>
    Number(
      (
        await t.db.sql<any>(
          `select coalesce(sum(b.balance), 0) as n from customer_balances b join customers c on c.id = b.customer_id where c.external_ref = $1`,
          [contact.contactId],
        )
      )[0].n,
    );
  /** What stands in the journal on the document, by account; what was taken back is gone from it. */
  const standing = async (): Promise<Record<string, number>> => {
    const rows = await t.db.sql<any>(
      `select l.account, sum(l.amount) as amount from journal_entries e join journal_lines l on l.entry_id = e.id
       where e.document_id = $1 group by 1 having sum(l.amount) <> 0 order by 1`,
      [(await row()).id],
    );
    return Object.fromEntries(rows.map((one) => [one.account, Number(one.amount)]));
  };
  const entries = async () =>
    (
      await t.db.sql<any>(
        `select e.event, e.revision, e.day::text as day from journal_entries e where e.document_id = $1 order by e.id`,
        [(await row()).id],
      )
    ).map(({ event, revision, day }) => `${event} ${revision} ${day}`);

  test('a webhook makes an invoice with its customer and products, posted by what Zoho says', async () => {
    await bring(bodyOf());
    const { data } = await owner.query(
      `query($id: ID!) { invoice(id: $id) { number source reportedNumber reportedStatus status draft agrees issuedOn dueOn
         total { amount currency } balance { amount } rounding { amount } customer { name }
         reported { status total { amount currency } balance { amount } taxTotal { amount } exchangeRate reference salesperson }
         computed { total { amount } taxTotal { amount } }
         lines { description quantity lineTotal { amount } taxAmount { amount } product { id } } sync { state sourceModifiedAt } } }`,
      { id: (await row()).id },
    );
    expect(data['invoice']).toMatchObject({
      source: 'ZOHO',
      reportedNumber: `INV-${id}`,
      reportedStatus: 'SENT',
      draft: false,
      agrees: true,
      issuedOn: '2026-01-10',
      total: { amount: '646.88', currency: 'USD' },
      balance: { amount: '646.88' },
      customer: { name: contact.name },
      reported: {
        status: 'sent',
        total: { amount: '646.88', currency: 'USD' },
        taxTotal: { amount: '84.38' },
        reference: 'ERP-SO-88121',
      },
      computed: { total: { amount: '646.88' }, taxTotal: { amount: '84.38' } },
      sync: { state: 'linked' },
    });
    expect(data['invoice'].lines.map((line: any) => line.product !== null)).toEqual([true, true]);
    expect(await standing()).toMatchObject({ 1210: 646.88, 4100: -562.5, 2130: -84.38 });
    expect(await balance()).toBe(646.88);
  });

  test('the goods that it sells cost what Zoho says of a piece, against the opening: reported stock is not moved twice', async () => {
    await bring(bodyOf());
    const [product] = await t.db.sql<any>('select * from products where external_ref = $1', [items[0]!.itemId]);
    const cost = (await standing())['5100'] ?? 0;
    expect(cost).toBeGreaterThanOrEqual(Number(product.cost_usd) * 4 - 0.01);
    expect((await standing())['3900']).toBe(-cost);
    const moved = await t.db.sql(`select 1 from stock_movements where reference_type = 'invoice'`);
    expect(moved).toEqual([]);
  });

  test('an edit takes its postings back and posts anew in one commit; what it does not touch stays', async () => {
    await bring(bodyOf());
    await edit({ notes: 'by phone' });
    expect((await entries()).filter((one) => one.startsWith('INVOICE'))).toEqual(['INVOICE 1 2026-01-10']);
    await edit({ sub_total: 600, tax_total: 90, total: 690, balance: 690, date: '2026-01-12' });
    expect((await entries()).filter((one) => one.startsWith('INVOICE'))).toEqual([
      'INVOICE 1 2026-01-10',
      'INVOICE_VOID 1 2026-01-10',
      'INVOICE 2 2026-01-12',
    ]);
    expect(await standing()).toMatchObject({ 1210: 690, 2130: -90 });
    expect(await balance()).toBe(690);
    expect(await row()).toMatchObject({ agrees: false, notes: 'by phone' });
  });

  test('a line that was left out goes, one that stays keeps its id, a new one is added', async () => {
    await bring(bodyOf());
    const lines = async () =>
      t.db.sql<any>('select id, external_ref, product_id from invoice_lines where invoice_id = $1 order by position', [
        (await row()).id,
      ]);
    const [first] = await lines();
    const [kept] = bodyOf().line_items;
    const unknown = { ...kept, line_item_id: `${id}-new`, item_id: 'nobody-knows', name: 'Old thing' };
    await edit({ line_items: [kept, unknown] });
    const after = await lines();
    expect(after.map((line) => line.external_ref)).toEqual([`${id}-0`, `${id}-new`]);
    expect(after[0].id).toBe(first.id);
    expect(after[1].product_id).toBeNull();
  });

  test('a draft owes nothing and posts nothing until it is sent', async () => {
    await bring(bodyOf({ status: 'draft' }));
    expect(await entries()).toEqual([]);
    expect(await balance()).toBe(0);
    const { data } = await owner.query(`query($id: ID!) { invoice(id: $id) { status draft balance { amount } } }`, {
      id: (await row()).id,
    });
    expect(data['invoice']).toMatchObject({ status: 'DRAFT', draft: true, balance: { amount: '0' } });
    await edit({ status: 'sent' });
    expect(await balance()).toBe(646.88);
  });

  test('void and back again, and what comes void at first, leave what Zoho says', async () => {
    await bring(bodyOf());
    await edit({ status: 'void' });
    expect(await row()).toMatchObject({ balance: '0.000000', reported_status: 'VOID' });
    expect((await row()).voided_at).not.toBeNull();
    expect(await standing()).toEqual({});
    expect(await balance()).toBe(0);
    await edit({ status: 'sent' });
    expect((await row()).voided_at).toBeNull();
    expect(await balance()).toBe(646.88);
    id = `inv-${(next += 1)}`;
    await bring(bodyOf({ status: 'void' }));
    expect(await entries()).toEqual([]);
    expect(await balance()).toBe(646.88);
  });

  test('what is deleted at Zoho is void here, keeps its row and gives its number back', async () => {
    await bring(bodyOf());
    const body = invoices.body(id);
    invoices.remove(id);
    await invoices.send(t, body, 'deleted');
    await t.drain();
    expect(await row()).toMatchObject({ reported_number: null, void_reason: 'Deleted at Zoho', balance: '0.000000' });
    expect(await balance()).toBe(0);
    const first = id;
    id = `inv-${(next += 1)}`;
    await bring(bodyOf({ invoice_number: `INV-${first}` }));
    expect(await row()).toMatchObject({ reported_number: `INV-${first}` });
    expect(await balance()).toBe(646.88);
  });

  test('writes off what Zoho wrote off, and keeps rounding, shipping and adjustment as they are', async () => {
    await bring(
      bodyOf({
        shipping_charge: 5,
        adjustment: -1.5,
        roundoff_value: 0.12,
        total: 650.5,
        write_off_amount: 50.5,
        balance: 600,
      }),
    );
    expect(await standing()).toMatchObject({ 1210: 600, 6500: 50.5, 4200: -3.5, 4830: -0.12, 4100: -562.5 });
    expect(await row()).toMatchObject({ balance: '600.000000', written_off: '50.500000' });
    expect(await balance()).toBe(600);
  });

  test('a change of the customer moves what is owed', async () => {
    await bring(bodyOf());
    const before = contact;
    contact = t.simulator!.addContact({ type: 'customer', currency: 'USD', active: true });
    await edit({ customer_id: contact.contactId });
    expect(await balance()).toBe(646.88);
    contact = before;
    expect(await balance()).toBe(0);
  });

  test('in closed books the month stays as it was: an edit is posted today', async () => {
    await bring(bodyOf());
    await t.db.sql(
      `insert into settings (key, value) values ('books_closed_until', to_jsonb('2026-01-31'::text))
       on conflict (key) do update set value = excluded.value`,
    );
    await edit({ sub_total: 600, tax_total: 90, total: 690, balance: 690 });
    const events = (await entries()).filter((one) => one.startsWith('INVOICE'));
    expect(events[0]).toBe('INVOICE 1 2026-01-10');
    expect(events.slice(1).map((one) => one.slice(0, -11))).toEqual(['INVOICE_VOID 1', 'INVOICE 2']);
    for (const one of events.slice(1)) expect(one.slice(-10) > '2026-01-31').toBe(true);
    expect(await balance()).toBe(690);
    await t.db.sql(`delete from settings where key = 'books_closed_until'`);
  });

  test('dinars are worth what the rate of Zoho says', async () => {
    contact = t.simulator!.addContact({ type: 'customer', currency: 'IQD', active: true });
    const line = {
      ...bodyOf().line_items[0],
      item_id: '',
      quantity: 1,
      rate: 1310000,
      item_total: 1310000,
      line_item_taxes: [],
    };
    await bring(
      bodyOf({
        currency_code: 'IQD',
        exchange_rate: 0.00076336,
        line_items: [line],
        sub_total: 1310000,
        tax_total: 0,
        total: 1310000,
        balance: 1310000,
      }),
    );
    const [base] = await t.db.sql<any>(
      `select sum(l.base)::text as base from journal_entries e join journal_lines l on l.entry_id = e.id where e.document_id = $1 and l.account = 1210`,
      [(await row()).id],
    );
    expect(Number(base.base)).toBe(1000);
  });

  test('duplicates and older bodies change nothing, whatever the order', async () => {
    const first = invoices.put(id, bodyOf());
    const second = invoices.edit(id, { sub_total: 600, tax_total: 90, total: 690, balance: 690 });
    const third = invoices.edit(id, { sub_total: 700, tax_total: 105, total: 805, balance: 805 });
    for (const body of [third, first, second, third, first]) {
      await invoices.send(t, body);
      await t.drain();
    }
    expect(await balance()).toBe(805);
    expect((await entries()).filter((one) => one.startsWith('INVOICE'))).toEqual(['INVOICE 1 2026-01-10']);
  });

  test('nobody here changes what is of Zoho', async () => {
    await bring(bodyOf());
    const { id: local, version } = await row();
    const { data } = await owner.query(
      `mutation($id: ID!, $version: Int!) { voidInvoice(id: $id, version: $version, reason: "no", idempotencyKey: "0198b3a0-0000-7000-8000-00000000000${next % 10}") {
         __typename ... on UserError { code } } }`,
      { id: local, version },
    );
    expect(data['voidInvoice']).toMatchObject({ code: 'FIELD_OWNED_ELSEWHERE' });
  });

  test('a change is followed live, and the list is searched by the number of Zoho', async () => {
    const live = owner.subscribe('subscription { entityChanged(types: ["invoice"]) { type entityId } }');
    while (t.app.services.hub.stats().subscriptions < 1) await new Promise((resolve) => setImmediate(resolve));
    await bring(bodyOf());
    const entityId = (await row()).id as string;
    const frames = await live.untilTrue((received) =>
      received.some((one) => one['entityChanged'].entityId === entityId),
    );
    expect(frames.map((one) => one['entityChanged'])).toContainEqual({ type: 'issued', entityId });
    void live.stop();
    const { data } = await owner.query(
      `{ invoices(search: "INV-${id}", filter: { source: { eq: ZOHO }, reportedStatus: { eq: SENT } }) { edges { node { reportedNumber } } } }`,
    );
    expect(data['invoices'].edges.map((edge: any) => edge.node.reportedNumber)).toContain(`INV-${id}`);
  });

  test('a run brings what no webhook said', async () => {
    const before = (await t.db.sql<any>('select count(*)::int as n from invoices'))[0].n;
    for (let n = 0; n < 3; n += 1) {
      id = `inv-${(next += 1)}`;
      invoices.put(id, bodyOf() as never);
    }
    const answer = await owner.query(
      `mutation { startSyncRun(entity: INVOICE, mode: INCREMENTAL) { ... on SyncRun { id } ... on UserError { message } } }`,
    );
    expect(answer.data['startSyncRun'].id).toBeDefined();
    for (let round = 0; round < 10; round += 1) {
      await t.drain();
      await t.db.sql(`update tds_sync_queue set run_at = now() where status in ('pending', 'failed')`);
    }
    expect((await t.db.sql<any>('select count(*)::int as n from invoices'))[0].n).toBe(before + 3);
    expect(await balance()).toBe(1940.64);
  });
});
