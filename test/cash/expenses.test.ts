import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { addDays, businessDate } from '../../src/kernel/clock.js';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Cashier } from '../support/cash.js';
import { faultsOfBooks, Seller } from '../support/selling.js';

const EXPENSE = `id number version status account categoryName amount { amount currency } spentOn paidOn boxId rejectReason voidedOn voidReason`;

describe('expenses', () => {
  let t: TestApp;
  let office: Cashier;
  let road: Cashier;
  let safe: any;
  let today: string;
  const uploads = mkdtempSync(path.join(tmpdir(), 'tsh-uploads-'));
  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual', UPLOADS_DIR: uploads } });
    office = new Cashier(t, await t.as('ACCOUNTANT'));
    road = new Cashier(t, await t.as('SALESPERSON'));
    today = businessDate(t.config.timeZone);
    await office.rate('USD', '1300', addDays(today, -40));
    await office.rate('USD', '1320', today);
    safe = await office.boxNamed('Safe HQ');
    const customerId = await office.customer('USD');
    await new Seller(t, office.client).pay({ customerId, amount: '200000', currency: 'IQD' });
  });
  afterAll(async () => {
    expect(await faultsOfBooks(t)).toEqual([]);
    await t.stop();
    rmSync(uploads, { recursive: true, force: true });
  });

  const run = async (who: Cashier, mutation: string, types: Record<string, string>, args: object): Promise<any> => {
    const answer = await who.run(
      mutation,
      { ...types, idempotencyKey: 'ID!' },
      { ...args, idempotencyKey: newId() },
      `... on ExpenseRecorded { expense { ${EXPENSE} } }`,
    );
    return answer.expense ?? answer;
  };
  const STEP = { id: 'ID!', version: 'Int!' };
  const step = (who: Cashier, mutation: string, { id, version }: any): Promise<any> =>
    run(who, mutation, STEP, { id, version });
  const reasoned = (who: Cashier, mutation: string, { id, version }: any): Promise<any> =>
    run(who, mutation, { ...STEP, reason: 'String!' }, { id, version, reason: 'No receipt' });
  const create = (who: Cashier, input: object): Promise<any> =>
    run(
      who,
      'createExpense',
      { input: 'CreateExpenseInput!' },
      { input: { account: 6900, description: 'Fuel', currency: 'IQD', amount: '13000', ...input } },
    );
  const pay = (who: Cashier, { id, version }: any, boxId = safe.id): Promise<any> =>
    run(who, 'payExpense', { ...STEP, boxId: 'ID!' }, { id, version, boxId });
  const linesOf = (documentId: string): Promise<any[]> =>
    t.db.sql(
      `select e.event, l.account, trim_scale(l.amount)::text as amount, trim_scale(l.base)::text as base
       from journal_entries e join journal_lines l on l.entry_id = e.id where e.document_id = $1 order by e.id, l.account`,
      [documentId],
    );

  test('going live: an expense is drafted, rejected, changed, approved and paid; what is owed between clears to nothing', async () => {
    const spentOn = addDays(today, -5);
    const draft = await create(road, { spentOn });
    expect(draft).toMatchObject({ status: 'DRAFT', categoryName: 'Other expenses', spentOn });
    expect(await step(road, 'approveExpense', draft)).toMatchObject({ code: 'FORBIDDEN' });
    const submitted = await step(road, 'submitExpense', draft);
    const rejected = await reasoned(office, 'rejectExpense', submitted);
    expect(rejected).toMatchObject({ status: 'REJECTED', rejectReason: 'No receipt' });
    const { id, version } = rejected;
    const changed = await run(
      road,
      'updateExpense',
      { input: 'UpdateExpenseInput!' },
      {
        input: { id, version, account: 6900, description: 'Fuel to Basra', currency: 'IQD', amount: '26000', spentOn },
      },
    );
    expect(changed).toMatchObject({ amount: { amount: '26000' }, status: 'REJECTED' });
    const approved = await step(office, 'approveExpense', await step(road, 'submitExpense', changed));
    expect(approved).toMatchObject({ status: 'APPROVED' });
    expect(await pay(road, approved)).toMatchObject({ code: 'NOT_FOUND', field: 'boxId' });
    const paid = await pay(office, approved);
    expect(paid).toMatchObject({ status: 'PAID', boxId: safe.id, paidOn: today });
    // Owed at 1,300 and paid at 1,320.
    expect(await linesOf(id)).toEqual([
      { event: 'EXPENSE_APPROVED', account: 2150, amount: '-26000', base: '-20' },
      { event: 'EXPENSE_APPROVED', account: 6900, amount: '26000', base: '20' },
      { event: 'EXPENSE_PAID', account: 1130, amount: '-26000', base: '-19.7' },
      { event: 'EXPENSE_PAID', account: 2150, amount: '26000', base: '20' },
      { event: 'EXPENSE_PAID', account: 4810, amount: '0', base: '-0.3' },
    ]);
    const before = Number(await office.holds('Safe HQ', 'IQD'));
    expect(await reasoned(office, 'voidExpense', paid)).toMatchObject({ status: 'VOID', voidedOn: today });
    expect(Number(await office.holds('Safe HQ', 'IQD'))).toBe(before + 26_000);
    const sums = await t.db.sql<any>(
      `select sum(abs(n)) as n from (select account, sum(base) as n from journal_lines l join journal_entries e on e.id = l.entry_id
       where e.document_id = $1 group by 1) x`,
      [id],
    );
    expect(Number(sums[0].n)).toBe(0);
  });

  test('whoever may approve pays at once; nobody pays what a box does not hold', async () => {
    const paid = await create(office, { boxId: safe.id });
    expect(paid).toMatchObject({ status: 'PAID' });
    expect(await linesOf(paid.id)).toMatchObject([
      { event: 'EXPENSE', account: 1130, amount: '-13000' },
      { event: 'EXPENSE', account: 6900, amount: '13000' },
    ]);
    expect(await create(office, { boxId: safe.id, amount: '99999999' })).toMatchObject({ code: 'INSUFFICIENT_CASH' });
    expect(await reasoned(office, 'voidExpense', paid)).toMatchObject({ status: 'VOID' });
    expect(await reasoned(office, 'voidExpense', { ...paid, version: 2 })).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
    });
    const odd = await create(office, { account: 4100, description: ' ', currency: 'EUR', amount: '0' });
    expect(odd.faults.map(({ field }: any) => field)).toEqual(['account', 'description', 'currency', 'amount']);
  });

  test('files that prove an expense: by content, for who sees it, by signed link, and off only before the approval', async () => {
    const draft = await create(road, {});
    const upload = async (
      body: Buffer | string,
      { who = road, type = 'application/pdf', id = draft.id }: { who?: Cashier; type?: string; id?: string } = {},
    ): Promise<{ status: number; body: any }> => {
      const response = await fetch(`${t.url}/api/expenses/${id}/attachments?name=receipt`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${who.client.token}` },
        body: typeof body === 'string' ? body : new Uint8Array(body),
      });
      return { status: response.status, body: await response.json() };
    };
    const pdf = '%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n';
    const picture = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#204060' } })
      .withExif({ IFD0: { Copyright: 'somebody' } })
      .jpeg()
      .toBuffer();
    const other = new Cashier(t, await t.as('CASHIER'));
    expect((await upload(pdf, { who: other })).status).toBe(404);
    expect((await upload(pdf, { type: 'text/html' })).status).toBe(415);
    expect((await upload('<script>', { type: 'image/png' })).status).toBe(400);
    expect((await upload('<script>')).status).toBe(400);
    expect((await upload('%PDF-1.4 and no end')).status).toBe(400);
    expect((await upload(Buffer.alloc(11 * 1024 * 1024))).status).toBe(413);
    const [first, again] = [await upload(pdf), await upload(pdf)];
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    // What it calls itself does not count: it is an image by its content.
    const image = await upload(picture);
    expect(image.status).toBe(201);
    const attached = async (who = road): Promise<any[]> =>
      (
        await who.client.query<any>(
          'query($id: ID!) { expense(id: $id) { attachments { id fileName mediaType bytes url } } }',
          { id: draft.id },
        )
      ).data.expense?.attachments;
    const files = await attached();
    expect(files).toMatchObject([
      { id: first.body.id, fileName: 'receipt', mediaType: 'application/pdf', bytes: pdf.length },
      { id: image.body.id, mediaType: 'image/webp' },
    ]);
    const shown = await Promise.all(files.map(({ url }) => fetch(`${t.url}${url}`)));
    expect(shown.map(({ headers }) => [headers.get('content-type'), headers.get('content-disposition')])).toEqual([
      ['application/pdf', `attachment; filename="${first.body.id}.pdf"`],
      ['image/webp', null],
    ]);
    expect(await shown[0]?.text()).toBe(pdf);
    expect((await sharp(Buffer.from((await shown[1]?.arrayBuffer()) as ArrayBuffer)).metadata()).exif).toBeUndefined();
    const bare = async (who?: Cashier): Promise<number> =>
      (
        await fetch(
          `${t.url}/files/${first.body.id}`,
          who ? { headers: { authorization: `Bearer ${who.client.token}` } } : {},
        )
      ).status;
    expect([await bare(), await bare(road), await bare(office), await bare(other)]).toEqual([401, 200, 200, 404]);
    const remove = async (who: Cashier, id: string): Promise<any> =>
      who.run('removeExpenseAttachment', { id: 'ID!' }, { id }, '... on ExpenseAttachmentRemoved { id expenseId }');
    expect(await remove(other, image.body.id)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await remove(road, image.body.id)).toMatchObject({ id: image.body.id, expenseId: draft.id });
    const approved = await step(office, 'approveExpense', await step(road, 'submitExpense', draft));
    expect(approved).toMatchObject({ status: 'APPROVED' });
    expect(await remove(road, first.body.id)).toMatchObject({ code: 'BAD_INPUT' });
    // The receipt may come later, until the expense is void.
    expect((await upload(picture)).status).toBe(201);
    await reasoned(office, 'voidExpense', approved);
    expect((await upload(`${pdf}\n`)).status).toBe(400);
  });

  test('one sees what one asked for; the office sees all', async () => {
    const own = await create(road, { submit: true });
    const other = new Cashier(t, await t.as('CASHIER'));
    const seen = async (who: Cashier): Promise<any> =>
      (
        await who.client.query<any>(
          'query($id: ID!) { expense(id: $id) { id } expenses { totalCount } expenseCategories { account } }',
          { id: own.id },
        )
      ).data;
    expect(await seen(other)).toMatchObject({ expense: null, expenses: { totalCount: 0 } });
    expect(await seen(road)).toMatchObject({ expense: { id: own.id }, expenses: { totalCount: 3 } });
    const all = await seen(office);
    expect(all).toMatchObject({ expense: { id: own.id }, expenses: { totalCount: 4 } });
    expect(all.expenseCategories.map(({ account }: any) => account)).toContain(6900);
    expect(await step(other, 'submitExpense', own)).toMatchObject({ code: 'NOT_FOUND' });
  });
});
