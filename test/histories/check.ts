import { addDays } from '../../src/kernel/clock.js';
import { faultsOfEveryDay } from '../support/books.js';
import { Company } from './company.js';
import { play, type Planned, roundsOf, type Tally } from './play.js';
import { contradictions, statementsOf } from './statements.js';

const FIRST_DAY = '2027-01-02';
const ASKED_DAYS = 6;

/** What does not hold of a company: of its books at any day, of its statements, and of what was closed. */
export async function check(company: Company): Promise<string[]> {
  const faults = await faultsOfEveryDay(company.t);
  const days = (Date.parse(company.day) - Date.parse(FIRST_DAY)) / 86_400_000;
  for (let asked = 0; asked <= ASKED_DAYS; asked += 1)
    faults.push(...(await contradictions(company, addDays(FIRST_DAY, Math.floor((days * asked) / ASKED_DAYS)))));
  for (const [day, before] of company.kept) {
    const now = await statementsOf(company, day);
    for (const [name, said] of Object.entries(before))
      if (JSON.stringify(now[name]) !== JSON.stringify(said))
        faults.push(`${name} of ${day} changed after it was closed: ${firstDifference(said, now[name])}`);
  }
  return faults;
}

function firstDifference(before: unknown, now: unknown): string {
  const [one, other] = [JSON.stringify(before), JSON.stringify(now)];
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const around = (text: string): string => text.slice(Math.max(0, at - 80), at + 80);
  return `${around(one)} became ${around(other)}`;
}

/** Plays a plan in a company of its own; answers what is wrong then, or null. */
async function faultOf(plan: readonly Planned[]): Promise<string | null> {
  const company = await Company.start();
  try {
    for (const round of roundsOf(plan)) await play(company, round, new Map());
    return (await check(company))[0] ?? null;
  } catch (error) {
    return String(error);
  } finally {
    await company.stop();
  }
}

const SECONDS = 60;

/**
 * Leaves steps out of a plan as long as something stays wrong. Each attempt is a company of its own, and after a
 * minute it is left at that.
 */
export async function shortest(plan: readonly Planned[]): Promise<{ plan: readonly Planned[]; fault: string | null }> {
  let left = plan;
  let fault: string | null = null;
  const until = performance.now() + SECONDS * 1000;
  for (let size = Math.ceil(plan.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < left.length && performance.now() < until;) {
      const fewer = [...left.slice(0, from), ...left.slice(from + size)];
      const found = fewer.length === 0 ? null : await faultOf(fewer);
      if (found === null) from += size;
      else [left, fault] = [fewer, found];
    }
  }
  return { plan: left, fault };
}

/** Plays rounds in one company and checks it now and then. Answers what is wrong, with the rounds since the last check. */
export async function playAll(
  company: Company,
  plan: readonly Planned[],
  { tally, roundsAtOnce }: { tally: Tally; roundsAtOnce: number },
): Promise<{ faults: string[]; plan: Planned[] } | null> {
  const rounds = roundsOf(plan);
  for (let from = 0; from < rounds.length; from += roundsAtOnce) {
    const some = rounds.slice(from, from + roundsAtOnce);
    const faults: string[] = [];
    try {
      for (const round of some) await play(company, round, tally);
      faults.push(...(await check(company)));
    } catch (error) {
      faults.push(String(error));
    }
    if (faults.length > 0) return { faults, plan: some.flat() };
  }
  return null;
}
