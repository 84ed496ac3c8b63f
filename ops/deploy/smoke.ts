import { readFileSync } from 'node:fs';
import { ask, reasonOf } from './http.js';
import type { Release } from './release.js';
import { StepFailed, type SmokeResult, type StepOutcome } from './step.js';

/** One request of ops/smoke.json with what its answer must be. `${version}` stands for the release's version. */
export interface SmokeCheck {
  name: string;
  /** preview: the idle slot, before the switch; public: through the proxy, after it. Both when it is left out. */
  where?: 'preview' | 'public';
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Sends DEPLOY_TOKEN; without one in the settings the check is left out. */
  authorized?: boolean;
  expect: { status: number; includes?: readonly string[]; excludes?: readonly string[] };
}

export interface SmokeTarget {
  where: 'preview' | 'public';
  url: string;
  connectTo?: string | undefined;
  hostName?: string;
}

export interface SmokeTest {
  run(target: SmokeTarget, release: Release): Promise<StepOutcome>;
}

export interface SmokeOptions {
  checks: readonly SmokeCheck[];
  token: string | null;
  timeoutMs: number;
}

export const readSmokeChecks = (file: string): SmokeCheck[] => JSON.parse(readFileSync(file, 'utf8')) as SmokeCheck[];

/** What is wrong with the answer; null when nothing is. */
function faultOf(check: SmokeCheck, answer: { status: number; body: string }, version: string): string | null {
  const filled = (text: string): string => text.replaceAll('${version}', version);
  const { status, includes = [], excludes = [] } = check.expect;
  if (answer.status !== status) return `answered ${answer.status}, not ${status}: ${answer.body.slice(0, 200)}`;
  const missing = includes.map(filled).find((text) => !answer.body.includes(text));
  if (missing !== undefined) return `lacks ${missing}: ${answer.body.slice(0, 200)}`;
  const unwanted = excludes.map(filled).find((text) => answer.body.includes(text));
  return unwanted === undefined ? null : `holds ${unwanted}: ${answer.body.slice(0, 200)}`;
}

export function createSmokeTest({ checks, token, timeoutMs }: SmokeOptions): SmokeTest {
  const runOne = async (check: SmokeCheck, target: SmokeTarget, version: string): Promise<SmokeResult> => {
    const begun = performance.now();
    const done = (ok: boolean, status: number | null, detail: string | null): SmokeResult => ({
      name: check.name,
      ok,
      status,
      durationMs: Math.round(performance.now() - begun),
      detail,
    });
    try {
      const answer = await ask(`${target.url}${check.path}`, {
        method: check.method,
        headers: {
          ...(target.hostName === undefined ? {} : { host: target.hostName }),
          ...(check.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(check.authorized ? { authorization: `Bearer ${token}` } : {}),
          ...check.headers,
        },
        body: check.body === undefined ? undefined : JSON.stringify(check.body),
        timeoutMs,
        connectTo: target.connectTo,
      });
      const fault = faultOf(check, answer, version);
      return done(fault === null, answer.status, fault);
    } catch (error) {
      return done(false, null, reasonOf(error));
    }
  };

  return {
    async run(target, { version }) {
      const results: SmokeResult[] = [];
      for (const check of checks) {
        if (check.where !== undefined && check.where !== target.where) continue;
        if (check.authorized && token === null) continue;
        results.push(await runOne(check, target, version));
      }
      const failed = results.filter(({ ok }) => !ok);
      if (failed.length > 0) {
        const [first] = failed;
        const more = failed.length > 1 ? ` and ${failed.length - 1} more` : '';
        throw new StepFailed(`${target.where} smoke: ${first?.name} ${first?.detail}${more}`, { smoke: results });
      }
      return { detail: `${results.length} checks passed`, evidence: { smoke: results } };
    },
  };
}
