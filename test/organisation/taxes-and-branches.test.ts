import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { FAULTS, faultsOfMutation } from '../support/faults.js';
import { sellable, Seller } from '../support/selling.js';

describe('taxes and branches', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp({ company: true, settings: { SYNC_PHASE: 'gradual' } });
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  const run = async (mutation: string, args: string, client = owner): Promise<any> => {
    const type = mutation.endsWith('Tax') ? 'Tax' : 'Branch';
    const fields = type === 'Tax' ? 'ratePercent' : 'city';
    const answer = await client.query<any>(
      `mutation { ${mutation}(${args}) { __typename
         ... on ${type} { id code name nameAr active version ${fields} } ... on UserError { code field message } } }`,
    );
    return answer.errors?.[0] ?? answer.data[mutation];
  };

  test('an installation begins with no tax at all, one branch and seven price lists', async () => {
    const { data } = await owner.query<any>(
      `{ taxes { nodes { code name nameAr ratePercent active } } branches { nodes { code } }
         priceLists { nodes { code currency } } }`,
    );
    expect(data.taxes.nodes).toEqual([
      { code: 'NONE', name: 'No tax', nameAr: 'بدون ضريبة', ratePercent: '0', active: true },
    ]);
    expect(data.branches.nodes).toEqual([{ code: 'HQ' }]);
    expect(data.priceLists.nodes).toHaveLength(7);
    expect(data.priceLists.nodes).toContainEqual({ code: 'custom', currency: 'IQD' });
  });

  test('a tax is made, changed, carried by an order line, withdrawn and offered again', async () => {
    const made = await run('createTax', 'input: { code: "VAT", name: "VAT", nameAr: "ضريبة", ratePercent: "5" }');
    expect(made).toMatchObject({ __typename: 'Tax', code: 'VAT', ratePercent: '5', active: true, version: 1 });
    const changed = await run('updateTax', `input: { id: "${made.id}", version: 1, ratePercent: "10", name: "Value" }`);
    expect(changed).toMatchObject({ name: 'Value', nameAr: 'ضريبة', ratePercent: '10', version: 2 });

    const seller = new Seller(t, owner);
    const { customerId, products } = await sellable(t, 'wholesale_a', 1);
    const lines = [{ productId: products[0]?.id, quantity: '1', taxId: made.id }];
    const order = await seller.order({ customerId, lines });
    expect(Number(order.taxTotal.amount)).toBeCloseTo(Number(order.subtotal.amount) / 10, 2);

    expect(await run('archiveTax', `id: "${made.id}", version: 2`)).toMatchObject({ active: false, version: 3 });
    expect(await run('archiveTax', `id: "${made.id}", version: 2`)).toMatchObject({ active: false, version: 3 });
    expect(await seller.order({ customerId, lines })).toMatchObject({ code: 'NOT_FOUND', field: 'lines.0.taxId' });
    expect(await run('updateTax', `input: { id: "${made.id}", version: 3, active: true }`)).toMatchObject({
      active: true,
    });
    const audited = await t.db.sql<{ action: string }>(
      `select action from audit_log where entity_type = 'Tax' and entity_id = $1 and actor like 'user:%' order by at`,
      [made.id],
    );
    expect(audited.map(({ action }) => action)).toEqual(['create', 'update', 'update', 'update']);
  });

  test('a branch is made and renamed, and closes when none of its warehouses is open', async () => {
    const made = await run('createBranch', 'input: { code: "DORA", name: "Dora", nameAr: "الدورة", city: "Baghdad" }');
    expect(made).toMatchObject({ __typename: 'Branch', code: 'DORA', city: 'Baghdad', version: 1 });
    expect(
      await run('updateBranch', `input: { id: "${made.id}", version: 1, name: "South", city: null }`),
    ).toMatchObject({ code: 'DORA', name: 'South', city: null, version: 2 });
    const warehouse = (
      await owner.query<any>(
        `mutation($b: ID!) { createWarehouse(input: { code: "DORA-1", name: "D", nameAr: "د", branchId: $b }) { ... on Warehouse { id version } } }`,
        { b: made.id },
      )
    ).data.createWarehouse;
    expect(await run('archiveBranch', `id: "${made.id}", version: 2`)).toMatchObject({
      code: 'BAD_INPUT',
      message: 'The warehouse DORA-1 of this branch is open. Close it first.',
    });
    await owner.query(
      `mutation($id: ID!) { updateWarehouse(input: { id: $id, version: 1, active: false }) { __typename } }`,
      { id: warehouse.id },
    );
    expect(await run('archiveBranch', `id: "${made.id}", version: 2`)).toMatchObject({ active: false, version: 3 });
    expect(await run('updateBranch', `input: { id: "${made.id}", version: 3, active: true }`)).toMatchObject({
      active: true,
    });
  });

  test.each<[string, string, object]>([
    ['createTax', 'input: { code: "x", name: "X", nameAr: "X", ratePercent: "5" }', { field: 'code' }],
    ['createTax', 'input: { code: "T1", name: " ", nameAr: "X", ratePercent: "5" }', { field: 'name' }],
    ['createTax', 'input: { code: "T1", name: "X", nameAr: "X", ratePercent: "100.5" }', { field: 'ratePercent' }],
    ['createTax', 'input: { code: "T1", name: "X", nameAr: "X", ratePercent: "-1" }', { field: 'ratePercent' }],
    ['createTax', 'input: { code: "T1", name: "X", nameAr: "X", ratePercent: "1.2345" }', { field: 'ratePercent' }],
    ['createTax', 'input: { code: "NONE", name: "X", nameAr: "X", ratePercent: "1" }', { code: 'ALREADY_EXISTS' }],
    ['createBranch', 'input: { code: "HQ", name: "X", nameAr: "X" }', { code: 'ALREADY_EXISTS' }],
    ['createBranch', 'input: { code: "B1", name: "X", nameAr: "" }', { field: 'nameAr' }],
    ['updateTax', 'input: { id: "none", version: 1 }', { code: 'NOT_FOUND' }],
    ['updateBranch', 'input: { id: "none", version: 1 }', { code: 'NOT_FOUND' }],
    ['archiveTax', 'id: "none", version: 1', { code: 'NOT_FOUND' }],
  ])('%s with %s is refused by name', async (mutation, args, failure) => {
    expect(await run(mutation, args)).toMatchObject(failure);
  });

  test('a stale version, an emptied name and a closing by update are refused', async () => {
    const [{ id }] = (await t.db.sql<{ id: string }>(`select id from taxes where code = 'NONE'`)) as [{ id: string }];
    expect(await run('updateTax', `input: { id: "${id}", version: 9, name: "X" }`)).toMatchObject({
      code: 'STALE_VERSION',
    });
    expect(await run('updateTax', `input: { id: "${id}", version: 1, name: null }`)).toMatchObject({ field: 'name' });
    expect(await run('updateTax', `input: { id: "${id}", version: 1, active: false }`)).toMatchObject({
      field: 'active',
      message: 'Archive it instead.',
    });
  });

  test('whoever may not change the organisation changes neither', async () => {
    const seller = await t.as('SALESPERSON');
    for (const [mutation, args] of [
      ['createTax', 'input: { code: "T2", name: "X", nameAr: "X", ratePercent: "1" }'],
      ['createBranch', 'input: { code: "B2", name: "X", nameAr: "X" }'],
    ] as const) {
      expect(await run(mutation, args, seller)).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    }
  });

  test.each<[string, string, string[]]>([
    [
      'a new branch',
      'createBranch(input: { code: "HQ", name: "", nameAr: " ", city: "" })',
      ['code: ALREADY_EXISTS', 'name: BAD_INPUT', 'nameAr: BAD_INPUT', 'city: BAD_INPUT'],
    ],
    [
      'a changed branch',
      'updateBranch(input: { id: "BRANCH", version: 1, name: null, nameAr: "", city: " ", active: false })',
      ['name: BAD_INPUT', 'nameAr: BAD_INPUT', 'city: BAD_INPUT', 'active: BAD_INPUT'],
    ],
    [
      'a new tax',
      'createTax(input: { code: "small", name: "", nameAr: "", ratePercent: "101" })',
      ['code: BAD_INPUT', 'name: BAD_INPUT', 'nameAr: BAD_INPUT', 'ratePercent: BAD_INPUT'],
    ],
    [
      'a changed tax',
      'updateTax(input: { id: "TAX", version: 1, name: "", ratePercent: "-1", active: false })',
      ['name: BAD_INPUT', 'ratePercent: BAD_INPUT', 'active: BAD_INPUT'],
    ],
    [
      'a new warehouse',
      'createWarehouse(input: { code: "MAIN", name: "", nameAr: "", branchId: "nonsense" })',
      ['branchId: NOT_FOUND', 'code: ALREADY_EXISTS', 'name: BAD_INPUT', 'nameAr: BAD_INPUT'],
    ],
    [
      'a changed warehouse',
      'updateWarehouse(input: { id: "WAREHOUSE", version: 1, name: null, nameAr: "", active: false })',
      ['name: BAD_INPUT', 'nameAr: BAD_INPUT', 'active: BAD_INPUT'],
    ],
    ['a rate', 'recordExchangeRate(currency: "IQD", rate: "0")', ['currency: BAD_INPUT', 'rate: BAD_INPUT']],
    [
      'warehouses of a person',
      'assignWarehouses(userId: "nonsense", warehouseIds: ["WAREHOUSE", "nonsense"])',
      ['userId: NOT_FOUND', 'warehouseIds.1: NOT_FOUND'],
    ],
  ])('%s learns all its faults at once', async (_name, mutation, faults) => {
    const [ids] = (await t.db.sql<any>(
      `select b.id as "BRANCH", w.id as "WAREHOUSE", (select id from taxes where code = 'NONE') as "TAX"
       from warehouses w join branches b on b.id = w.branch_id where w.is_primary`,
    )) as [Record<string, string>];
    const filled = mutation.replace(/BRANCH|WAREHOUSE|TAX/g, (name) => ids[name] ?? '');
    expect(await faultsOfMutation(owner, `mutation { ${filled} { ${FAULTS} } }`)).toEqual(faults);
  });
});
