import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';

describe('inputs of sync', () => {
  let t: TestApp;
  let owner: TestClient;
  beforeAll(async () => {
    t = await startTestApp();
    owner = await t.as('OWNER');
  });
  afterAll(() => t.stop());

  test('a selection of queue items and a reason say everything that is wrong with them', async () => {
    const answer = await owner.query<any>(`mutation {
      discardSyncItems(selection: { ids: ["0190a0a0-0000-7000-8000-000000000000", "x", "y"] }, reason: " ") {
        ... on InvalidInputError { code message field faults { code message field } } } }`);
    const { faults } = answer.data.discardSyncItems;
    expect(faults.map((fault: any) => fault.field)).toEqual(['selection.ids.1', 'selection.ids.2', 'reason']);
  });

  test('a route says so too, in the language of the caller, and names one fault as before', async () => {
    const post = async (body: object): Promise<any> => {
      const response = await fetch(`${t.url}/api/zoho/bulk-sync`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'accept-language': 'ar',
          authorization: `Bearer ${owner.token ?? ''}`,
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    };
    const both = await post({ entity_type: 'unicorns', mode: 'backwards' });
    expect(both).toMatchObject({ status: 400, body: { code: 'BAD_INPUT', field: 'entity_type' } });
    expect(both.body.faults.map((fault: any) => fault.field)).toEqual(['entity_type', 'mode']);
    for (const { message } of both.body.faults) expect(message).toMatch(/استعمل واحدًا مما يلي/);
    expect(both.body.message).toBe(both.body.faults[0].message);
    const one = await post({ entity_type: 'products', mode: 'backwards' });
    expect(one.body).toEqual({ code: 'BAD_INPUT', field: 'mode', message: expect.stringContaining('incremental') });
  });
});
