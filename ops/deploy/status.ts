import type { Host } from './host.js';
import { SLOTS } from './release.js';
import { isUnfinished, type HostState, type Run } from './state.js';

/** What an operator asks first, as lines or as one JSON document. */
export async function statusLines(host: Host, asJson: boolean): Promise<string[]> {
  const { store, router, driver, lock, settings, clock } = host;
  const state = store.read();
  const active = router.active();
  const alive = { blue: await driver.alive('blue'), green: await driver.alive('green') };
  const holder = lock.inspect();
  if (asJson) {
    const { history, ...rest } = state;
    const facts = { ...rest, active, alive, lock: holder, maintenance: router.isInMaintenance() };
    return [JSON.stringify({ ...facts, history: history.slice(0, 10) }, null, 2)];
  }
  const lines = [`${settings.environment}, driver ${driver.name}, ${settings.publicUrl}`];
  for (const slot of SLOTS) {
    const record = state.slots[slot];
    const role = slot === active && state.live !== null ? 'serves' : state.warmUntil && record ? 'warm  ' : 'idle  ';
    lines.push(
      `  ${slot.padEnd(5)} ${role} ${alive[slot] ? 'running' : 'stopped'} ${record?.release.version ?? '-'}${record ? ` since ${record.since}` : ''}`,
    );
  }
  lines.push(`  worker       ${state.worker?.release.version ?? '-'}`);
  if (router.isInMaintenance()) lines.push('  The maintenance page is up.');
  if (state.hold) lines.push(`  Held since ${state.hold.since}: ${state.hold.reason}. Run "deploy promote" to go on.`);
  if (state.warmUntil) {
    const left = Math.max(0, Math.round((Date.parse(state.warmUntil) - clock.nowMs()) / 60_000));
    lines.push(`  A roll-back is a switch for ${left} more minutes.`);
  }
  lines.push(...runLines(state, holder !== null && !holder.abandoned));
  for (const run of state.history.slice(0, 5)) {
    lines.push(
      `  ${run.endedAt ?? ''} ${(run.outcome ?? '').padEnd(11)} ${run.kind} ${run.release.version} ${run.message ?? ''}`,
    );
  }
  return lines;
}

function runLines({ run }: HostState, isWorkedOn: boolean): string[] {
  if (run === null || run.outcome !== null) return [];
  const what = `${run.kind} ${run.release.version} on ${run.slot}`;
  if (run.awaitingPromotion) return [`  ${what} is proven and waits for "deploy promote".`];
  if (isWorkedOn) return [`  ${what} is under way: ${run.current ?? lastStep(run)}.`];
  return isUnfinished(run)
    ? [
        `  ${what} was interrupted at ${run.current ?? lastStep(run)}${run.rollingBack === null ? '' : ' while it rolled back'}.`,
        '  Run "deploy resume" to continue it, or deploy another release, which ends it first.',
      ]
    : [];
}

const lastStep = (run: Run): string => run.steps.at(-1)?.name ?? 'the beginning';
