import { cpuMs } from '../bench/load.js';
import { hostileRequests } from './generate.js';
import type { HostileRequest } from './hostile-request.js';
import { faultOf } from './judge.js';
import { sendHostile } from './send.js';
import type { Stage } from './stage.js';

/** One fault, with all that is needed to send the request again by itself. */
export interface Fault {
  replay: string;
  why: string;
  family: string;
  sender: string;
  request: string;
  answer: string;
  /** What the server's log says of it. */
  logged: string;
}

export interface CampaignResult {
  sent: number;
  statuses: Record<string, number>;
  /** How many answers were faults; `faults` holds the first of each kind. */
  faultCount: number;
  faults: Fault[];
  /** Milliseconds by family, summed: where the time of a run goes. */
  spent: Map<string, number>;
  /** What made the server work most, when one request is sent at a time. */
  heaviest: { cpuMs: number; family: string; replay: string }[];
}

export interface CampaignOptions {
  seed: number;
  from: number;
  to: number;
  concurrency: number;
}

const SHOWN_CHARS = 3000;
const HEAVIEST = 15;

/** The request in words: its text where it has one. */
export function describeRequest(request: HostileRequest): string {
  const shown =
    request.kind === 'http'
      ? { ...request, body: request.body && Buffer.from(request.body, 'base64').toString('utf8') }
      : request.kind === 'raw'
        ? { ...request, bytes: Buffer.from(request.bytes, 'base64').toString('latin1') }
        : {
            ...request,
            steps: request.steps.map((step) =>
              step === 'init' ? step : Buffer.from(step.frame, 'base64').toString('hex'),
            ),
          };
  return JSON.stringify(shown).slice(0, SHOWN_CHARS);
}

const LOGGED_CHARS = 900;

/** The line of the log that belongs to the id in an answer: its error and where it came from. */
function loggedOf(output: string, answer: string): string {
  const id = /Quote ([\w-]{8,64})/.exec(answer)?.[1];
  const line = id === undefined ? undefined : output.split('\n').find((one) => one.includes(id));
  if (line === undefined) return '';
  const { err } = JSON.parse(line) as { err?: { message?: string; stack?: string } };
  const frames = (err?.stack ?? '').split('\n').filter((frame) => frame.includes('/src/'));
  return [err?.message ?? line, ...frames.slice(0, 4)].join('\n').slice(0, LOGGED_CHARS);
}

/** Sends the requests `from` to `to` of a seed; a process that ends ends the campaign. */
export async function runCampaign(stage: Stage, options: CampaignOptions): Promise<CampaignResult> {
  const { seed, concurrency } = options;
  const make = hostileRequests(stage.schema, stage.known, seed);
  const result: CampaignResult = { sent: 0, statuses: {}, faultCount: 0, faults: [], spent: new Map(), heaviest: [] };
  const known = new Set<string>();
  const underWay = new Map<number, HostileRequest>();
  const note = (index: number, request: HostileRequest, why: string, answer: string): void => {
    result.faultCount += 1;
    const kind = `${request.family} ${why}`;
    if (known.has(kind)) return;
    known.add(kind);
    result.faults.push({
      replay: `HOSTILE_SEED=${seed} HOSTILE_ONLY=${index}`,
      why,
      family: request.family,
      sender: request.sender.kind,
      request: describeRequest(request),
      answer: answer.slice(0, 600),
      logged: '',
    });
  };
  let next = options.from;
  const worker = async (): Promise<void> => {
    while (next < options.to && stage.server.ended() === null) {
      const index = next;
      next += 1;
      const request = make(index);
      underWay.set(index, request);
      const begun = performance.now();
      const workedBefore = concurrency === 1 ? cpuMs(stage.server.pid) : 0;
      for (const observed of await sendHostile(stage.target, request)) {
        const status = `${request.kind === 'socket' ? 'socket ' : ''}${observed.closeCode ?? observed.status}`;
        result.statuses[status] = (result.statuses[status] ?? 0) + 1;
        const why = faultOf(observed);
        if (why !== null) note(index, request, why, observed.text);
      }
      result.spent.set(request.family, (result.spent.get(request.family) ?? 0) + performance.now() - begun);
      if (concurrency === 1 && stage.server.ended() === null) {
        const worked = cpuMs(stage.server.pid) - workedBefore;
        result.heaviest.push({
          cpuMs: worked,
          family: request.family,
          replay: `HOSTILE_SEED=${seed} HOSTILE_ONLY=${index}`,
        });
        result.heaviest.sort((a, b) => b.cpuMs - a.cpuMs).splice(HEAVIEST);
      }
      // What was under way when the process ended is the evidence.
      if (stage.server.ended() === null) underWay.delete(index);
      result.sent += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const ended = stage.server.ended();
  if (ended !== null) {
    for (const [index, request] of underWay) note(index, request, ended, stage.server.output().slice(-600));
  }
  // The log comes through a pipe, a little behind the answers.
  for (const fault of result.faults) fault.logged = loggedOf(stage.server.output(), fault.answer);
  return result;
}
