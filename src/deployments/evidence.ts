import { badInput } from '../kernel/errors.js';
import { assertAll } from '../kernel/faults.js';
import { maskSecrets } from './mask-secrets.js';
import { msg } from '../kernel/message.js';

export interface SmokeEvidence {
  name: string;
  ok: boolean;
  status: number | null;
  durationMs: number | null;
  detail: string | null;
}

/** What proves a step, bounded so that a row stays small, and without secrets. */
export interface Evidence {
  logLines: string[];
  health: string | null;
  smoke: SmokeEvidence[];
  backupId: string | null;
}

export interface GivenEvidence {
  logLines?: readonly string[] | null;
  health?: string | null;
  smoke?:
    | readonly {
        name: string;
        ok: boolean;
        status?: number | null;
        durationMs?: number | null;
        detail?: string | null;
      }[]
    | null;
  backupId?: string | null;
}

export const EVIDENCE_LOG_LINES = 100;
export const EVIDENCE_SMOKE_RESULTS = 50;
const LINE_CHARS = 1000;
const HEALTH_CHARS = 4000;
const DETAIL_CHARS = 500;

/** One text for the record: masked before it is cut, so that half a secret does not escape; Postgres takes no NUL. */
export function recordedText(text: string, maximum: number): string {
  const clean = maskSecrets(text.replace(/\p{Cc}/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : ' ')));
  return clean.length > maximum ? `${clean.slice(0, maximum - 1)}…` : clean;
}

/** Throws BAD_INPUT for too many lines or results; cuts texts that are too long. */
export function evidenceOf(given: GivenEvidence | null | undefined): Evidence | null {
  if (!given) return null;
  const { logLines, smoke } = given;
  assertAll(
    () => {
      if ((logLines?.length ?? 0) <= EVIDENCE_LOG_LINES) return;
      throw badInput('evidence.logLines', msg`Give the last ${EVIDENCE_LOG_LINES} lines at most.`);
    },
    () => {
      if ((smoke?.length ?? 0) <= EVIDENCE_SMOKE_RESULTS) return;
      throw badInput('evidence.smoke', msg`Give ${EVIDENCE_SMOKE_RESULTS} results at most.`);
    },
  );
  return {
    logLines: (logLines ?? []).map((line) => recordedText(line, LINE_CHARS)),
    health: given.health == null ? null : recordedText(given.health, HEALTH_CHARS),
    smoke: (smoke ?? []).map((one) => ({
      name: recordedText(one.name, 100),
      ok: one.ok,
      status: one.status ?? null,
      durationMs: one.durationMs ?? null,
      detail: one.detail == null ? null : recordedText(one.detail, DETAIL_CHARS),
    })),
    backupId: given.backupId == null ? null : recordedText(given.backupId, 100),
  };
}
