import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { newId } from '../../src/kernel/ids.js';
import { codeKey, readCode, writeCode } from '../../src/paper/code.js';
import { PAPER_KINDS } from '../../src/paper/kinds.js';
import { Press } from '../../src/paper/press.js';
import { startTestApp, TEST_SECRETS, type TestApp, type TestClient } from '../support/app.js';
import { sellable, Seller } from '../support/selling.js';
import { invoice as printedInvoice, printing } from './printed.js';
import { readPdf } from './read-pdf.js';

const PAPER = `query($kind: PaperKind!, $id: ID!, $language: PaperLanguage, $statement: StatementPeriodInput) {
  paper(kind: $kind, id: $id, language: $language, statement: $statement) { url expiresAt } }`;

describe('codes on paper', () => {
  const key = codeKey('a key of the settings');
  const id = newId();
  const claims = PAPER_KINDS.map((kind) => ({
    kind,
    id,
    digest: 'h2JmKq8dWz4r',
    period: kind === 'CUSTOMER_STATEMENT' ? { currency: 'IQD', from: null, to: '2026-11-22' } : null,
  }));

  test.each(claims)('$kind is read as it was written', (claim) => {
    const code = writeCode(key, claim);
    expect(code.length).toBeLessThan(100);
    expect(code).toMatch(/^[\w.-]+$/);
    expect(readCode(key, code)).toEqual(claim);
  });

  test('a code that was changed anywhere, cut, or signed with another key is none of ours', () => {
    const code = writeCode(key, claims[0] as never);
    const changed = [...code].map(
      (letter, at) => code.slice(0, at) + (letter === 'A' ? 'B' : 'A') + code.slice(at + 1),
    );
    // The last letter of a signature of 16 bytes carries 2 bits of it.
    for (const one of changed.slice(0, -1)) expect(readCode(key, one)).toBeNull();
    for (const one of ['', '.', 'I', code.slice(0, -4), `${code}x.`, `x${code}`, code.repeat(9)]) {
      expect(readCode(key, one)).toBeNull();
    }
    expect(readCode(codeKey('another'), code)).toBeNull();
  });
});

describe('the press', () => {
  const work = { kind: 'INVOICE', document: printedInvoice(3), printing: printing('en') } as const;

  test('prints in threads, refuses what is too much, and ends them', async () => {
    const press = new Press({ threads: 1, waiting: 2 });
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => press.print(work)));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(all[4]).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
    await press.close();
    await expect(press.print(work)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a paper that takes too long or cannot be made fails alone', async () => {
    const press = new Press({ threads: 1, timeoutMs: 1 });
    await expect(press.print(work)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await press.close();
    const other = new Press({ threads: 1 });
    const logo = { png: new Uint8Array(3), width: 1, height: 1 };
    const broken = { ...work, printing: { ...work.printing, letterhead: { name: '', lines: [], logo } } };
    await expect(other.print(broken)).rejects.toThrow(/image/i);
    expect((await other.print(work)).length).toBeGreaterThan(1_000);
    const gone = new AbortController();
    const running = other.print(work);
    const dropped = other.print(work, gone.signal);
    gone.abort(new Error('gone'));
    await expect(dropped).rejects.toThrow('gone');
    await running;
    await other.close();
  });
});

describe('papers of documents', () => {
  let t: TestApp;
  let owner: Seller;
  let customerId: string;
  let order: any;
  let shipment: any;
  let invoice: any;
  let payment: any;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = new Seller(t, await t.as('OWNER'));
    const sold = await sellable(t, 'wholesale_a', 2);
    customerId = sold.customerId;
    const lines = sold.products.map(({ id }) => ({ productId: id, quantity: '3' }));
    order = await owner.ship(await owner.confirm(await owner.order({ customerId, lines, notes: 'for the office' })));
    [shipment] = await t.db.sql<any>('select id, number from shipments where order_id = $1', [order.id]);
    invoice = await owner.invoice({ orderId: order.id });
    payment = await owner.pay({
      customerId,
      amount: '5',
      currency: invoice.total.currency,
      allocations: [{ invoiceId: invoice.id, amount: '5' }],
    });
  });
  afterAll(() => t.stop());

  const link = async (kind: string, id: string, more: object = {}, client: TestClient = owner.client): Promise<any> => {
    const answer = await client.query<any>(PAPER, { kind, id, language: 'ENGLISH', ...more });
    return answer.errors?.[0]?.extensions ?? answer.data.paper;
  };
  const fetchPaper = async (url: string, token?: string | null): Promise<Response> =>
    fetch(`${t.url}${url}`, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  const textOf = async (kind: string, id: string, more: object = {}): Promise<string> => {
    const response = await fetchPaper((await link(kind, id, more)).url);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    return (await readPdf(new Uint8Array(await response.arrayBuffer()))).pages.join('\n');
  };
  const decimals = (amount: string): string => (+amount).toLocaleString('en-US', { minimumFractionDigits: 2 });

  test('an invoice is printed with the figures of the API, and no note of the office', async () => {
    const text = await textOf('INVOICE', invoice.id);
    expect(text).toContain(invoice.number);
    expect(text).toContain(order.number);
    expect(text).toContain(`$${decimals(invoice.total.amount)}`);
    for (const line of invoice.lines) expect(text).toContain(decimals(line.lineTotal.amount));
    expect(text).not.toContain('for the office');
    const response = await fetchPaper((await link('INVOICE', invoice.id)).url);
    expect(response.headers.get('content-disposition')).toBe(`inline; filename="invoice-${invoice.number}.pdf"`);
  });

  test.each([
    ['SALE_RECEIPT', () => invoice],
    ['ORDER', () => order],
    ['DELIVERY_NOTE', () => shipment],
    ['PAYMENT_RECEIPT', () => payment],
  ] as const)('%s is printed in both languages', async (kind, document) => {
    expect(await textOf(kind, document().id)).toContain(document().number);
    expect(await textOf(kind, document().id, { language: 'ARABIC' })).toContain(document().number);
  });

  test('a credit note and a voucher of a payment to a vendor are printed', async () => {
    const note = await owner.credit({
      invoiceId: invoice.id,
      lines: [{ invoiceLineId: invoice.lines[0].id, quantity: '1' }],
    });
    expect(await textOf('CREDIT_NOTE', note.id)).toContain(note.number);
    const vendor = (
      await owner.client.query<any>(
        'mutation { createVendor(input: { name: "Shenzhen Cables", nameAr: "كيبلات شنجن", currency: "USD" }) { ... on Vendor { id } } }',
      )
    ).data.createVendor;
    const made = await owner.client.query<any>(
      `mutation($input: RecordPaymentMadeInput!, $k: ID!) { recordPaymentMade(input: $input, idempotencyKey: $k) {
         __typename ... on PaymentMadeRecorded { paymentMade { id number amount { amount } } } ... on UserError { message } } }`,
      { input: { vendorId: vendor.id, amount: '2', method: 'CASH' }, k: newId() },
    );
    const { paymentMade } = made.data.recordPaymentMade;
    expect(await textOf('PAYMENT_VOUCHER', paymentMade.id)).toContain(paymentMade.number);
    // The same document is nothing to somebody without purchasing.
    expect(await link('PAYMENT_VOUCHER', paymentMade.id, {}, await t.as('CASHIER'))).toBeNull();
  });

  test('a statement begins with the balance before it and ends with the balance of the API', async () => {
    const period = { currency: 'USD', from: '2020-01-01' };
    const [balance] = await owner.balances(customerId);
    const text = await textOf('CUSTOMER_STATEMENT', customerId, { statement: period });
    expect(text).toContain('Opening balance');
    expect(text).toContain(invoice.number);
    expect(text).toContain(`$${decimals(balance.balance.amount)}`);
    expect(await link('CUSTOMER_STATEMENT', customerId)).toMatchObject({ code: 'BAD_INPUT', field: 'statement' });
    const backwards = { currency: 'USD', from: '2026-02-01', to: '2026-01-01' };
    expect(await link('CUSTOMER_STATEMENT', customerId, { statement: backwards })).toMatchObject({ code: 'BAD_INPUT' });
    expect(await link('CUSTOMER_STATEMENT', customerId, { statement: { currency: 'EUR' } })).toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  test('a link is good for its paper and its time; without one the rights to the document count', async () => {
    const { url, expiresAt } = await link('INVOICE', invoice.id);
    const until = Date.parse(expiresAt) - Date.now();
    expect(until).toBeGreaterThan(8 * 60_000);
    expect(until).toBeLessThan(11 * 60_000);
    const status = async (change: (url: URL) => void, token?: string | null): Promise<number> => {
      const changed = new URL(`${t.url}${url}`);
      change(changed);
      return (await fetchPaper(changed.pathname + changed.search, token)).status;
    };
    expect(await status(() => undefined)).toBe(200);
    expect(await status((one) => one.searchParams.set('language', 'ar'))).toBe(401);
    expect(await status((one) => one.searchParams.set('until', String(Date.now() + 9e9)))).toBe(401);
    expect(await status((one) => void (one.pathname = one.pathname.replace('invoice', 'sale-receipt')))).toBe(401);
    const bare = (one: URL): void => void (one.search = 'language=ar');
    expect(await status(bare)).toBe(401);
    expect(await status(bare, owner.client.token)).toBe(200);
    expect(await status((one) => void (one.search = ''), owner.client.token)).toBe(404);
    expect(await status((one) => void (one.pathname = '/paper/nonsense/x'), owner.client.token)).toBe(404);
    expect(await fetchPaper(`/paper/invoice/${newId()}?language=en`, owner.client.token)).toMatchObject({
      status: 404,
    });
  });

  test('a client prints the own documents, and of others there are none', async () => {
    const client = await t.as('WHOLESALE_CLIENT');
    const { userId } = (await client.query<any>('{ me { userId } }')).data.me;
    await owner.client.query(
      `mutation($c: ID!, $u: ID!) { linkCustomerUser(customerId: $c, userId: $u) { __typename } }`,
      { c: customerId, u: userId },
    );
    for (let tries = 0; tries < 200 && (await link('INVOICE', invoice.id, {}, client)) === null; tries += 1);
    expect(await link('INVOICE', invoice.id, {}, client)).toMatchObject({ url: expect.any(String) });
    const statement = { statement: { currency: 'USD' } };
    expect(await link('CUSTOMER_STATEMENT', customerId, statement, client)).toMatchObject({ url: expect.any(String) });
    const other = await sellable(t, 'retailer', 1);
    const lines = [{ productId: other.products[0]?.id, quantity: '1' }];
    const sold = await owner.confirm(await owner.order({ customerId: other.customerId, lines }));
    const foreign = await owner.invoice({ orderId: sold.id });
    expect(await link('INVOICE', foreign.id)).toMatchObject({ url: expect.any(String) });
    expect(await link('INVOICE', foreign.id, {}, client)).toBeNull();
    expect(await link('ORDER', sold.id, {}, client)).toBeNull();
    expect(await link('CUSTOMER_STATEMENT', other.customerId, statement, client)).toBeNull();
    expect((await fetchPaper(`/paper/invoice/${foreign.id}?language=en`, client.token)).status).toBe(404);
    expect((await fetchPaper(`/paper/invoice/${invoice.id}?language=en`, client.token)).status).toBe(200);
    expect(await link('INVOICE', invoice.id, {}, await t.as('SALESPERSON'))).toBeNull();
  });

  /** The code as it stands on the paper: what the QR code holds is the URL that the work names. */
  async function codeOf(kind: (typeof PAPER_KINDS)[number], id: string, period: any = null): Promise<string> {
    const { findPrintable } = await import('../../src/paper/papers.js');
    const { PRINTER } = await import('../../src/paper/print-paper.js');
    const reader = { viewer: PRINTER, today: '2026-11-22', read: t.app.services.db.read };
    const printable = await findPrintable(reader, { kind, id, period });
    return writeCode(codeKey(TEST_SECRETS.encryptionKey), { kind, id, period, digest: printable?.said.digest ?? '' });
  }
  const verify = async (code: string, headers: Record<string, string> = {}): Promise<any> => {
    const response = await fetch(`${t.url}/verify/${code}`, { headers });
    const text = await response.text();
    return { status: response.status, ...(headers['accept'] ? { text } : JSON.parse(text)) };
  };

  test('a code tells kind, number, date, total and state, and nothing else', async () => {
    const code = await codeOf('INVOICE', invoice.id);
    expect(await verify(code)).toEqual({
      status: 200,
      kind: 'INVOICE',
      number: invoice.number,
      date: invoice.issuedOn,
      total: { amount: invoice.total.amount, currency: 'USD' },
      state: 'UNCHANGED',
    });
    expect(await verify(await codeOf('DELIVERY_NOTE', shipment.id))).toMatchObject({ total: null, state: 'UNCHANGED' });
    const page = await verify(code, { accept: 'text/html', 'accept-language': 'ar' });
    expect(page.text).toContain(invoice.number);
    expect(page.text).toContain('dir="rtl"');
    expect(await verify(`${code.slice(0, -3)}AAA`)).toEqual({ status: 404, state: 'UNKNOWN' });
    expect(await verify('%3Cscript%3E')).toEqual({ status: 404, state: 'UNKNOWN' });
  });

  test('a document that changed, or is void, is said to be so; a payment of an invoice changes no paper', async () => {
    const sold = await sellable(t, 'wholesale_b', 1);
    const draft = await owner.order({
      customerId: sold.customerId,
      lines: [{ productId: sold.products[0]?.id, quantity: '1' }],
    });
    const quote = await codeOf('ORDER', draft.id);
    expect(await verify(quote)).toMatchObject({ state: 'UNCHANGED' });
    await owner.updateOrder({
      id: draft.id,
      version: draft.version,
      lines: [{ productId: sold.products[0]?.id, quantity: '2' }],
    });
    expect(await verify(quote)).toMatchObject({ state: 'CHANGED' });

    const shipped = await owner.ship(await owner.confirm(await owner.readOrder(draft.id)));
    const billed = await owner.invoice({ orderId: shipped.id });
    const code = await codeOf('INVOICE', billed.id);
    const currency = billed.total.currency;
    await owner.pay({
      customerId: sold.customerId,
      amount: '1',
      currency,
      allocations: [{ invoiceId: billed.id, amount: '1' }],
    });
    expect(await verify(code)).toMatchObject({ state: 'UNCHANGED' });
    await owner.voidInvoice(await owner.readInvoice(billed.id));
    expect(await verify(code)).toMatchObject({ state: 'VOID', number: billed.number });
    const text = await textOf('INVOICE', billed.id);
    expect(text).toContain('VOID');
  });

  test('a statement verifies its closing balance without its lines', async () => {
    const to = new Date().toISOString().slice(0, 10);
    const period = { currency: 'USD', from: null, to };
    const [balance] = await owner.balances(customerId);
    const answer = await verify(await codeOf('CUSTOMER_STATEMENT', customerId, period));
    expect(answer).toMatchObject({ state: 'UNCHANGED', date: to });
    expect(+answer.total.amount).toBe(+balance.balance.amount);
  });

  test('codes are tried at the pace of a person', async () => {
    const slow = await startTestApp({ db: t.db, settings: { SYNC_PHASE: 'gradual', RATE_LIMIT_PERCENT: '1' } });
    try {
      const statuses = [];
      for (let tries = 0; tries < 4; tries += 1) statuses.push((await fetch(`${slow.url}/verify/x`)).status);
      expect(statuses).toEqual([404, 404, 429, 429]);
    } finally {
      await slow.app.stop();
    }
  });

  test('details, logo and digits of the company stand on its papers', async () => {
    const update = `mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { __typename
      ... on Company { name version phones logoUrl } ... on UserError { code faults { field } } } }`;
    const company = (await owner.client.query<any>('{ company { version logoUrl } }')).data.company;
    expect(company.logoUrl).toBeNull();
    const input = {
      version: company.version,
      name: 'TSH Trading',
      nameAr: 'شركة النور',
      address: 'Baghdad, Industry Street',
      phones: ['+964 770 000 0000'],
      taxNumber: '900123456',
      digits: 'ARABIC_INDIC',
      publicUrl: 'https://erp.tsh.example',
    };
    const bad = {
      version: company.version,
      name: ' ',
      phones: ['', '1'],
      publicUrl: 'javascript:alert(1)',
      footer: 'x'.repeat(301),
    };
    expect((await owner.client.query<any>(update, { input: bad })).data.updateCompany).toMatchObject({
      code: 'BAD_INPUT',
      faults: ['name', 'footer', 'phones', 'publicUrl'].map((field) => ({ field })),
    });
    expect((await owner.client.query<any>(update, { input })).data.updateCompany).toMatchObject({
      name: 'TSH Trading',
    });
    expect((await owner.client.query<any>(update, { input })).data.updateCompany).toMatchObject({
      code: 'STALE_VERSION',
    });
    const english = await textOf('INVOICE', invoice.id);
    for (const part of ['TSH Trading', 'Baghdad, Industry Street', '+964 770 000 0000', '900123456']) {
      expect(english).toContain(part);
    }
    expect(await textOf('INVOICE', invoice.id, { language: 'ARABIC' })).toMatch(/[٠-٩]٫[٠-٩]{2}/);

    const upload = async (body: Buffer, client: TestClient): Promise<any> => {
      const response = await fetch(`${t.url}/api/company/logo`, {
        method: 'POST',
        headers: { 'content-type': 'image/png', authorization: `Bearer ${client.token}` },
        body: new Uint8Array(body),
      });
      return { status: response.status, ...((await response.json()) as object) };
    };
    const logo = await sharp({ create: { width: 900, height: 300, channels: 4, background: '#12345680' } })
      .png()
      .toBuffer();
    const made = await upload(logo, owner.client);
    expect(made.status).toBe(201);
    const shown = await fetch(`${t.url}${made.url}`);
    expect(await sharp(Buffer.from(await shown.arrayBuffer())).metadata()).toMatchObject({
      width: 600,
      height: 200,
      channels: 3,
    });
    expect((await upload(logo, owner.client)).status).toBe(201);
    expect(await t.db.sql('select 1 from company_logos')).toHaveLength(1);
    expect(await upload(Buffer.from('<svg/>'), owner.client)).toMatchObject({ status: 400, code: 'BAD_INPUT' });
    expect(await upload(logo, await t.as('ACCOUNTANT'))).toMatchObject({ status: 403 });
    const paper = await fetchPaper((await link('INVOICE', invoice.id)).url);
    expect(Buffer.from(await paper.arrayBuffer()).includes('/Subtype /Image')).toBe(true);
    const { version } = (await owner.client.query<any>('{ company { version } }')).data.company;
    const removed = await owner.client.query<any>(update, { input: { version, removeLogo: true } });
    expect(removed.data.updateCompany).toMatchObject({ logoUrl: null });
    expect(await t.db.sql('select 1 from company_logos')).toHaveLength(0);
  });
});
