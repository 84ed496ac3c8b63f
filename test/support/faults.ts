import { expect } from '@jest/globals';
import type { TestClient } from './app.js';

/** Runs a mutation that must be refused; answers all faults of its input as `path: CODE`, the error's own first. */
export async function faultsOfMutation(
  client: TestClient,
  mutation: string,
  variables: Record<string, unknown> = {},
): Promise<string[]> {
  const answer = await client.query<Record<string, any>>(mutation, variables);
  expect(answer.errors).toBeUndefined();
  const [result] = Object.values(answer.data ?? {});
  const { code, field, faults } = result;
  expect(faults[0]).toMatchObject({ code, field });
  return faults.map((fault: { code: string; field: string }) => `${fault.field}: ${fault.code}`);
}

/** What a mutation of these tests selects. */
export const FAULTS = '__typename ... on UserError { code field message faults { code field message } }';
