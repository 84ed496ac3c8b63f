/** A step said no: the release is not fit. Anything else that is thrown is a fault of the deployment itself. */
export class StepFailed extends Error {
  constructor(
    message: string,
    readonly evidence: Evidence = {},
  ) {
    super(message);
    this.name = 'StepFailed';
  }
}

export interface SmokeResult {
  name: string;
  ok: boolean;
  status: number | null;
  durationMs: number;
  detail: string | null;
}

/** What a step has seen, kept with its record. */
export interface Evidence {
  logLines?: readonly string[];
  health?: string;
  smoke?: readonly SmokeResult[];
  backupId?: string;
}

export interface StepOutcome {
  detail: string;
  evidence?: Evidence;
  skipped?: boolean;
}
