import type { ErrorAnswer } from '../faults.js';

/** What a write is answered with instead of its record. */
export class ZohoRefusal extends Error {
  constructor(readonly answer: ErrorAnswer) {
    super(String(answer.body['message']));
  }
}

export const refusal = (code: number, message: string, status = 400): ZohoRefusal =>
  new ZohoRefusal({ status, body: { code, message } });

export const invalidValue = (field: string): ZohoRefusal => refusal(2, `Invalid value passed for ${field}`);

export const tooLong = (field: string, limit: number): ZohoRefusal =>
  refusal(15, `Please ensure that the ${field} has less than ${limit} characters.`);

/**
 * Refusals of which no source gives the code; the texts are those of Zoho's screens. A caller that depends on one of
 * these codes depends on nothing.
 */
export const UNCONFIRMED_CODE = 1004;

export const unsettled = (message: string): ZohoRefusal => refusal(UNCONFIRMED_CODE, message);
