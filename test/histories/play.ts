import fc from 'fast-check';
import { addDays } from '../../src/kernel/clock.js';
import { numberEntries } from '../../src/ledger/journal.queries.js';
import { ACCOUNTS } from './accounts.js';
import { CASH } from './cash.js';
import type { Call, Cast, Company } from './company.js';
import { type Command, Scene, type Step } from './dice.js';
import { GOODS } from './goods.js';
import { PURCHASING } from './purchasing.js';
import { SELLING } from './selling.js';
import { TILL } from './till.js';

export const COMMANDS: readonly Command[] = [...SELLING, ...PURCHASING, ...GOODS, ...TILL, ...CASH, ...ACCOUNTS];
const byName = new Map(COMMANDS.map((command) => [command.name, command]));

/** A step, and when it is done: by which of those who act beside each other, on which day of which round. */
export interface Planned extends Step {
  round: number;
  actor: number;
  day: number;
}

/** Histories that run beside each other are a round; they share a cast. */
export const AT_ONCE = 8;
const DAYS = 3;
const STEPS = { minLength: 10, maxLength: 18 };

const drawn = fc.nat({ max: 999 });
const history: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    name: fc.oneof(...COMMANDS.map(({ name, weight }) => ({ arbitrary: fc.constant(name), weight }))),
    pick: drawn,
    part: drawn,
    other: drawn,
  }),
  STEPS,
);

/** The histories of a seed. */
export const planOf = (seed: number, histories: number): Planned[] =>
  fc.sample(history, { numRuns: histories, seed }).flatMap((steps, index) =>
    steps.map((step, place) => ({
      ...{ round: Math.floor(index / AT_ONCE), actor: index % AT_ONCE, day: Math.floor((place * DAYS) / steps.length) },
      ...step,
    })),
  );

export const roundsOf = (plan: readonly Planned[]): Planned[][] => [
  ...plan
    .reduce(
      (rounds, step) => rounds.set(step.round, [...(rounds.get(step.round) ?? []), step]),
      new Map<number, Planned[]>(),
    )
    .values(),
];

/** How often each command was accepted, and refused for which reason. */
export type Tally = Map<string, Map<string, number>>;

/** No answer of a command; what nobody may do here is no refusal either. */
const UNTYPED =
  /^(?:INTERNAL_SERVER_ERROR|UNAVAILABLE|TIMED_OUT|LIMIT_EXCEEDED|FORBIDDEN|UNAUTHENTICATED|GRAPHQL_.*|BAD_USER_INPUT|undefined)$/;

/** The call of a command, or of the first one before it that there is something for. */
async function chosen(scene: Scene, name: string): Promise<{ name: string; call: Call }> {
  const command = byName.get(name);
  if (!command) throw new Error(`There is no command ${name}.`);
  const call = await command.make(scene);
  return call ? { name, call } : chosen(scene, String(command.before));
}

async function act(company: Company, cast: Cast, step: Planned, tally: Tally): Promise<void> {
  const { name, call } = await chosen(new Scene(company, cast, step), step.name);
  const { code, message } = await company.call(call);
  if (code !== null && UNTYPED.test(code)) throw new Error(`${name} ${JSON.stringify(call.args)}: ${message}`);
  const counts = tally.get(name) ?? new Map<string, number>();
  tally.set(name, counts.set(code ?? 'done', (counts.get(code ?? 'done') ?? 0) + 1));
  if (code === null && call.mutation === 'closeBooks') company.closed.push(call.args['until'] as string);
  // Some entries have their number and stand in days, some wait; whoever asks sees no difference.
  if (step.other % 5 === 0) await numberEntries(company.t.app.services.db.read, 20);
}

/** Plays a round over the next days, eight commands at a time. Throws when a command is answered by no typed refusal. */
export async function play(company: Company, round: readonly Planned[], tally: Tally): Promise<void> {
  const cast = await company.cast();
  for (let day = 0; day < DAYS; day += 1) {
    company.go(addDays(company.day, 1));
    const closed = company.closed.length;
    const actors = Array.from({ length: AT_ONCE }, async (_, actor) => {
      for (const step of round.filter((one) => one.actor === actor && one.day === day))
        await act(company, cast, step, tally);
    });
    // Nobody goes on while another one is still at it.
    const failed = (await Promise.allSettled(actors)).find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    if (company.closed.length > closed) await company.keepStatements();
  }
}
