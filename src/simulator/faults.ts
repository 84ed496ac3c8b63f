/** Faults on demand. Each is armed for a number of calls; armed faults strike in the order in which they were armed. */
export const FAULTS = [
  'minute_limit',
  'day_limit',
  'concurrency_limit',
  'server_error',
  'refused',
  'time_out',
  'truncated_json',
  'lost_answer',
  'expired_token',
  'token_throttled',
  'token_invalid_code',
  'token_invalid_client',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Faults {
  arm(fault: Fault, calls?: number): void;
  /** Takes one strike of the first armed fault that fits the place. */
  strike(place: 'api' | 'token'): Fault | null;
  clear(): void;
  armed(): Partial<Record<Fault, number>>;
}

const isTokenFault = (fault: Fault): boolean => fault.startsWith('token_');

export function createFaults(): Faults {
  const armed = new Map<Fault, number>();
  return {
    arm: (fault, calls = 1) => void armed.set(fault, (armed.get(fault) ?? 0) + calls),
    strike(place) {
      for (const [fault, left] of armed) {
        if (isTokenFault(fault) !== (place === 'token')) continue;
        if (left <= 1) armed.delete(fault);
        else armed.set(fault, left - 1);
        return fault;
      }
      return null;
    },
    clear: () => armed.clear(),
    armed: () => Object.fromEntries(armed),
  };
}

export interface ErrorAnswer {
  status: number;
  body: Record<string, unknown>;
}

export const ERRORS = {
  minute: {
    status: 429,
    body: {
      code: 44,
      message:
        'For security reasons your organization has been blocked as it have exceeded the maximum number of requests per minute that can originate from an organization.',
    },
  },
  day: (limit: number): ErrorAnswer => ({
    status: 429,
    body: {
      code: 45,
      message: `The API call for this organization has exceeded the maximum call rate limit of ${limit}.`,
    },
  }),
  concurrency: {
    status: 429,
    body: {
      code: 1070,
      message: 'You have reached the maximum number of in process requests allowed. Kindly try again after some time.',
    },
  },
  unauthorised: { status: 401, body: { code: 57, message: 'You are not authorized to perform this operation' } },
  badUrl: { status: 404, body: { code: 5, message: 'Invalid URL Passed' } },
  method: { status: 405, body: { code: 37, message: 'The HTTP method is not allowed for the requested resource' } },
  organisation: { status: 400, body: { code: 2, message: 'Invalid value passed for organization_id' } },
  badJson: { status: 400, body: { code: 15, message: 'Please ensure that the body is valid JSON.' } },
  internal: { status: 500, body: { code: 1000, message: 'Internal error' } },
} as const;
