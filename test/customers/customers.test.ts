import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { FAULTS, faultsOfMutation } from '../support/faults.js';

const FIELDS = `id code name nameAr version active phone creditLimit { amount currency } salesperson { name }
  addresses { label city isDefault } contacts { name } mergedIntoId archivedAt`;
const CREATE = `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) {
  __typename ... on Customer { ${FIELDS} } ... on UserError { code field message } } }`;
const UPDATE = `mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) {
  __typename ... on Customer { ${FIELDS} } ... on UserError { code field message } ... on StaleVersionError { currentVersion } } }`;

describe('customers', () => {
  let t: TestApp;
  let owner: TestClient;
  const userId = async (client: TestClient): Promise<string> =>
    (await client.query<any>('{ me { userId } }')).data.me.userId;

  beforeAll(async () => {
    t = await startTestApp({ settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const create = async (input: object): Promise<any> => (await owner.query<any>(CREATE, { input })).data.createCustomer;
  const update = async (input: object): Promise<any> => (await owner.query<any>(UPDATE, { input })).data.updateCustomer;

  test('one is made with a code of its own, found by any spelling, and changed under its version', async () => {
    const made = await create({ name: 'مكتبة أحمد', phone: '07701234567', creditLimit: '250000' });
    expect(made).toMatchObject({
      code: expect.stringMatching(/^C\d{5}$/),
      nameAr: 'مكتبة أحمد',
      creditLimit: { amount: '250000', currency: 'IQD' },
      version: 1,
    });
    for (const spelling of ['مكتبه احمد', 'مكتبة أحــمد', '٠٧٧٠١٢٣٤٥٦٧', made.code.toLowerCase()]) {
      const found = await owner.query<any>('query($s: String!) { customers(search: $s) { nodes { id } totalCount } }', {
        s: spelling,
      });
      expect(found.data.customers.nodes).toEqual([{ id: made.id }]);
    }
    expect(await update({ id: made.id, version: 1, phone: '1' })).toMatchObject({ phone: '1', version: 2 });
    expect(await update({ id: made.id, version: 1, phone: '2' })).toMatchObject({
      __typename: 'StaleVersionError',
      currentVersion: 2,
    });
    expect(await update({ id: made.id, version: 2, phone: '1' })).toMatchObject({ version: 2 });
    const audit = await owner.query<any>(
      'query($id: String!) { auditLog(filter: { entityId: { eq: $id } }) { nodes { action origin changes } } }',
      { id: made.id },
    );
    expect(audit.data.auditLog.nodes[0]).toMatchObject({
      action: 'update',
      origin: 'user',
      changes: { phone: ['07701234567', '1'] },
    });
  });

  test.each<[string, object, string, string]>([
    ['an empty name', { name: ' ' }, 'BAD_INPUT', 'name'],
    ['an invalid e-mail address', { name: 'x', email: 'nobody' }, 'BAD_INPUT', 'email'],
    ['a currency of others', { name: 'x', currency: 'EUR' }, 'BAD_INPUT', 'currency'],
    ['a fraction of a dinar', { name: 'x', creditLimit: '0.5' }, 'BAD_INPUT', 'creditLimit'],
    ['a negative limit', { name: 'x', creditLimit: '-1' }, 'BAD_INPUT', 'creditLimit'],
    ['terms of two years', { name: 'x', paymentTermsDays: 730 }, 'BAD_INPUT', 'paymentTermsDays'],
    ['a small code', { name: 'x', code: 'abc' }, 'BAD_INPUT', 'code'],
    ['an unknown price list', { name: 'x', priceListId: newId() }, 'NOT_FOUND', 'priceListId'],
    ['an unknown salesperson', { name: 'x', salespersonId: 'nonsense' }, 'NOT_FOUND', 'salespersonId'],
  ])('%s is refused by name', async (_name, input, code, field) => {
    expect(await create(input)).toMatchObject({ code, field });
  });

  describe('a form learns all its faults at once:', () => {
    let known: string;
    beforeAll(async () => {
      known = (await create({ name: 'Known', code: 'KNOWN', currency: 'USD' })).id;
    });
    const wrong = {
      nameAr: ' ',
      email: 'nobody',
      currency: 'EUR',
      creditLimit: '-1',
      paymentTermsDays: 730,
      discountPercent: '101',
      priceListId: newId(),
      salespersonId: 'nonsense',
    };
    const ofWrong = [
      'nameAr: BAD_INPUT',
      'email: BAD_INPUT',
      'currency: BAD_INPUT',
      'creditLimit: BAD_INPUT',
      'paymentTermsDays: BAD_INPUT',
      'discountPercent: BAD_INPUT',
    ];
    const references = ['priceListId: NOT_FOUND', 'salespersonId: NOT_FOUND'];

    test('of a new customer', async () => {
      const mutation = `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { ${FAULTS} } }`;
      const input = { ...wrong, name: '', code: 'KNOWN' };
      expect(await faultsOfMutation(owner, mutation, { input })).toEqual([
        ...references,
        'name: BAD_INPUT',
        ...ofWrong,
        'code: ALREADY_EXISTS',
      ]);
    });

    test('of a changed one', async () => {
      const mutation = `mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { ${FAULTS} } }`;
      const input = { ...wrong, id: known, version: 1, name: null, active: null };
      expect(await faultsOfMutation(owner, mutation, { input })).toEqual([
        ...references,
        'name: BAD_INPUT',
        'active: BAD_INPUT',
        ...ofWrong,
      ]);
    });

    test('of addresses and contacts', async () => {
      const mutation = `mutation($id: ID!, $a: [CustomerAddressInput!], $c: [CustomerContactInput!]) {
        replaceCustomerDetails(id: $id, version: 1, addresses: $a, contacts: $c) { ${FAULTS} } }`;
      const good = { label: 'Shop', line: 'Karrada', city: 'Baghdad', isDefault: true };
      const a = [good, { ...good, city: ' ', phone: '1'.repeat(201) }];
      const c = [{ name: 'Ali' }, { name: '' }];
      expect(await faultsOfMutation(owner, mutation, { id: known, a, c })).toEqual([
        'addresses.1.city: BAD_INPUT',
        'addresses.1.phone: BAD_INPUT',
        'contacts.1.name: BAD_INPUT',
        'addresses.1.isDefault: BAD_INPUT',
      ]);
    });

    test('of a merge and of a link', async () => {
      const merge = `mutation($k: ID!, $d: ID!) { mergeCustomers(keepId: $k, duplicateId: $d, duplicateVersion: 1) { ${FAULTS} } }`;
      const faults = await faultsOfMutation(owner, merge, { k: newId(), d: newId() });
      expect(faults.sort()).toEqual(['duplicateId: NOT_FOUND', 'keepId: NOT_FOUND']);
      const old = await create({ name: 'Old', currency: 'IQD' });
      await owner.query('mutation($id: ID!) { archiveCustomer(id: $id, version: 1) { __typename } }', { id: old.id });
      expect(await faultsOfMutation(owner, merge, { k: known, d: old.id })).toEqual([
        'duplicateId: BAD_INPUT',
        'duplicateId: BAD_INPUT',
      ]);
      const link = `mutation($c: ID!, $u: ID!) { linkCustomerUser(customerId: $c, userId: $u) { ${FAULTS} } }`;
      expect(await faultsOfMutation(owner, link, { c: newId(), u: 'nonsense' })).toEqual([
        'customerId: NOT_FOUND',
        'userId: NOT_FOUND',
      ]);
    });

    test('of metadata', async () => {
      const mutation = `mutation($id: ID!, $e: [MetadataEntryInput!]!) { setCustomerMetadata(id: $id, entries: $e) { ${FAULTS} } }`;
      const faults = await faultsOfMutation(owner, mutation, { id: known, e: [{ key: 'slug', value: 'x' }] });
      expect(faults).toEqual(['entries.0.key: BAD_INPUT']);
    });
  });

  test('domain review 25: archived customers are found as soon as a filter speaks of archiving, at any depth', async () => {
    const made = await create({ name: 'Gone customer', code: 'GONE' });
    await owner.query('mutation($id: ID!) { archiveCustomer(id: $id, version: 1) { __typename } }', { id: made.id });
    const codes = async (filter: string): Promise<string[]> =>
      (
        await owner.query<any>(`{ customers(first: 100, filter: ${filter}) { nodes { code } } }`)
      ).data.customers.nodes.map((one: any) => one.code);
    const archived = 'archivedAt: { isNull: false }';
    expect(await codes('{ code: { eq: "GONE" } }')).toEqual([]);
    expect(await codes(`{ code: { eq: "GONE" }, ${archived} }`)).toEqual(['GONE']);
    expect(await codes(`{ OR: [{ ${archived} }] }`)).toContain('GONE');
    expect(await codes('{ NOT: { archivedAt: { isNull: true } } }')).toContain('GONE');
    expect(await codes('{ OR: [] }')).toEqual([]);
    const odd = await owner.query('{ customers(filter: { currency: { eq: EUR } }) { nodes { id } } }');
    expect(odd.status).toBe(400);
  });

  test('a person who sells nothing cannot look after a customer, and a code is taken once', async () => {
    const manager = await t.as('MANAGER');
    expect(await create({ name: 'x', salespersonId: await userId(manager) })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'salespersonId',
    });
    expect(await create({ name: 'x', code: 'TWICE' })).toMatchObject({ code: 'TWICE' });
    expect(await create({ name: 'y', code: 'TWICE' })).toMatchObject({ code: 'ALREADY_EXISTS', field: 'code' });
  });

  test('everybody sees their own, on every path: list, search, count, one, and live', async () => {
    const [hassan, zainab, client, partner, consumer] = (await Promise.all(
      (['SALESPERSON', 'SALESPERSON', 'WHOLESALE_CLIENT', 'PARTNER', 'CONSUMER'] as const).map((role) => t.as(role)),
    )) as [TestClient, TestClient, TestClient, TestClient, TestClient];
    const mine = await create({ name: 'Scoped one', salespersonId: await userId(hassan) });
    const theirs = await create({ name: 'Scoped two', salespersonId: await userId(zainab) });
    await owner.query(`mutation($c: ID!, $u: ID!) { linkCustomerUser(customerId: $c, userId: $u) { __typename } }`, {
      c: theirs.id,
      u: await userId(client),
    });
    const seen = async (who: TestClient): Promise<any> => {
      const answer = await who.query<any>(
        `query($id: ID!) { customers(search: "scoped", first: 10) { nodes { id } totalCount } filtered: customers(filter: { OR: [{ name: { contains: "scoped" } }, { active: { eq: true } }] }) { nodes { id } totalCount } customer(id: $id) { id } }`,
        { id: mine.id },
      );
      if (answer.errors) return answer.errors[0]?.extensions['code'];
      const { customers, filtered, customer } = answer.data;
      return [
        customers.nodes.map((one: any) => one.id),
        customers.totalCount,
        filtered.totalCount,
        customer?.id ?? null,
      ];
    };
    expect(await seen(hassan)).toEqual([[mine.id], 1, 1, mine.id]);
    expect(await seen(zainab)).toEqual([[theirs.id], 1, 1, null]);
    expect(await seen(partner)).toEqual([[], 0, 0, null]);
    expect(await seen(consumer)).toBe('FORBIDDEN');
    let own = await seen(client);
    while (own[1] === 0) own = await seen(client);
    expect(own).toEqual([[theirs.id], 1, 1, null]);
    expect((await seen(owner))[1]).toBe(2);

    const live = hassan.subscribe<any>(
      'subscription { entityChanged(types: ["customer"]) { entityId customer { name } } }',
    );
    const other = zainab.subscribe<any>(
      'subscription { entityChanged(types: ["customer"]) { entityId customer { name } } }',
    );
    while (t.app.services.hub.stats().subscriptions < 2) await new Promise((resolve) => setImmediate(resolve));
    await update({ id: theirs.id, version: theirs.version, city: 'Basra' });
    await update({ id: mine.id, version: mine.version, city: 'Mosul' });
    await update({ id: theirs.id, version: theirs.version + 1, city: 'Erbil' });
    expect((await live.until(1)).map((one) => one.entityChanged.entityId)).toEqual([mine.id]);
    expect((await other.until(2)).map((one) => one.entityChanged.entityId)).toEqual([theirs.id, theirs.id]);
    expect(live.received).toHaveLength(1);
    live.stop();
    other.stop();
  });

  test('a salesperson writes no customer', async () => {
    const hassan = await t.as('SALESPERSON');
    const answer = await hassan.query(CREATE, { input: { name: 'x' } });
    expect(answer.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });

  test('addresses and contacts are replaced as a whole', async () => {
    const made = await create({ name: 'With places' });
    const replace = (version: number, addresses: object[]) =>
      owner.query<any>(
        `mutation($id: ID!, $v: Int!, $a: [CustomerAddressInput!]) { replaceCustomerDetails(id: $id, version: $v, addresses: $a, contacts: [{ name: "Ali" }]) { __typename ... on Customer { ${FIELDS} } ... on UserError { code field } } }`,
        { id: made.id, v: version, a: addresses },
      );
    const two = [
      { label: 'Shop', line: 'Karrada', city: 'Baghdad', isDefault: true },
      { label: 'Store', line: 'Dora', city: 'Baghdad' },
    ];
    const first = (await replace(1, two)).data.replaceCustomerDetails;
    expect(first.addresses).toEqual([
      { label: 'Shop', city: 'Baghdad', isDefault: true },
      { label: 'Store', city: 'Baghdad', isDefault: false },
    ]);
    expect(first.contacts).toEqual([{ name: 'Ali' }]);
    expect(
      (await replace(first.version, [{ label: 'Shop', line: '', city: 'x' }])).data.replaceCustomerDetails,
    ).toMatchObject({ code: 'BAD_INPUT', field: 'addresses.0.line' });
    expect(
      (
        await replace(
          first.version,
          two.map((one) => ({ ...one, isDefault: true })),
        )
      ).data.replaceCustomerDetails,
    ).toMatchObject({ field: 'addresses.1.isDefault' });
    expect((await replace(first.version, [])).data.replaceCustomerDetails.addresses).toEqual([]);
  });

  test('a duplicate is merged: what hung on it moves, and it points at the one that stays', async () => {
    const keep = await create({ name: 'Kept', phone: '1' });
    const duplicate = await create({ name: 'Double', phone: '2', email: 'a@b.example' });
    await owner.query(
      `mutation($id: ID!) { replaceCustomerDetails(id: $id, version: 1, addresses: [{ label: "Shop", line: "l", city: "c", isDefault: true }]) { __typename } }`,
      { id: duplicate.id },
    );
    const merge = (version: number, keepId = keep.id) =>
      owner.query<any>(
        `mutation($k: ID!, $d: ID!, $v: Int!) { mergeCustomers(keepId: $k, duplicateId: $d, duplicateVersion: $v) { __typename ... on Customer { ${FIELDS} email } ... on UserError { code field } } }`,
        { k: keepId, d: duplicate.id, v: version },
      );
    expect((await merge(1)).data.mergeCustomers).toMatchObject({ __typename: 'StaleVersionError' });
    expect((await merge(2, duplicate.id)).data.mergeCustomers).toMatchObject({ code: 'BAD_INPUT' });
    const merged = (await merge(2)).data.mergeCustomers;
    expect(merged).toMatchObject({ id: keep.id, phone: '1', email: 'a@b.example', addresses: [{ label: 'Shop' }] });
    const gone = await owner.query<any>(
      `query($id: ID!) { customer(id: $id) { active mergedIntoId archivedAt } customers(search: "double") { totalCount } }`,
      { id: duplicate.id },
    );
    expect(gone.data.customer).toMatchObject({ active: false, mergedIntoId: keep.id, archivedAt: expect.any(String) });
    expect(gone.data.customers.totalCount).toBe(0);
  });

  test('100 customers with list, salesperson, addresses and contacts cost the statements of one', async () => {
    await t.db.sql(
      `insert into customers (id, code, name, name_ar, search_text, created_at, updated_at)
       select gen_random_uuid(), 'N' || g, 'N' || g, 'N' || g, 'n', now(), now() from generate_series(1, 100) g`,
    );
    const counted: string[] = [];
    const second = await startTestApp({
      db: t.db,
      // Without those of the hub and the worker, which look at the log and write their row by themselves.
      onStatement: (text) => /event_|number_events|queue_workers/.test(text) || counted.push(text),
      settings: { SYNC_PHASE: 'gradual' },
    });
    const client = second.withToken(owner.token as string);
    const count = async (first: number): Promise<number> => {
      const query = `{ customers(first: ${first}) { nodes { ${FIELDS} priceList { code } } } }`;
      for (let round = 0; round < 2; round += 1) await client.query(query);
      counted.length = 0;
      expect((await client.query<any>(query)).data.customers.nodes).toHaveLength(first);
      // Who asks is read again after a few seconds, which is no statement of the query.
      return counted.filter((text) => !/\b(sessions|customer_users)\b/.test(text)).length;
    };
    expect(await count(1)).toBe(1);
    expect(await count(100)).toBe(1);
    await second.stop();
  });
});

describe('customers in the parallel phase', () => {
  test('those of Zoho refuse Zoho’s fields; our own and our fields do not', async () => {
    const t = await startTestApp();
    const owner = await t.as('OWNER');
    const made = await owner.query<any>(CREATE, { input: { name: 'Ours' } });
    const { id } = made.data.createCustomer;
    await t.db.sql(`update customers set external_ref = '460000000026049' where id = $1`, [id]);
    const refused = await owner.query<any>(UPDATE, { input: { id, version: 1, phone: '1', notes: 'n' } });
    expect(refused.data.updateCustomer).toMatchObject({ __typename: 'FieldOwnedElsewhereError', field: 'phone' });
    const [row] = await t.db.sql<any>('select notes, phone from customers where id = $1', [id]);
    expect(row).toEqual({ notes: null, phone: null });
    const taken = await owner.query<any>(UPDATE, { input: { id, version: 1, notes: 'n' } });
    expect(taken.data.updateCustomer).toMatchObject({ __typename: 'Customer', version: 2 });
    await t.stop();
  });
});
