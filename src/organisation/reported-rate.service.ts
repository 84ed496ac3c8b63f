import { addDays } from '../kernel/clock.js';
import type { Phase } from '../kernel/ownership.js';
import type { Tx } from '../platform/db/transact.js';
import { ExchangeRate } from './currency.entity.js';
import { closedUntil } from './organisation.queries.js';
import { recordExchangeRate } from './organisation.service.js';

/** What an outside source reports about a currency of the company. */
export interface RateSnapshot {
  externalRef: string;
  /** Null: the dinar, or a currency in which the company does not trade. */
  currency: 'USD' | 'RMB' | null;
  /** IQD for one unit. Undefined: the source said nothing that can be used. */
  rate: string | undefined;
  /** From which day on. Undefined: from today on. */
  effectiveOn: string | undefined;
}

interface Reported {
  /** The rate that holds it; null: there is none here. */
  id: string | null;
  changed: boolean;
}

/**
 * Records the rate that the source reports, from its day on; idempotent. A rate that somebody here has recorded for a
 * later day stays. Into closed books nothing is written: the rate holds from the first open day then. In the last phase
 * the rates are ours alone.
 */
export async function recordReportedRate(
  tx: Tx,
  { currency, rate, effectiveOn }: RateSnapshot,
  today: string,
  phase: Phase,
): Promise<Reported> {
  if (currency === null || rate === undefined || phase === 'full') return { id: null, changed: false };
  const closed = await closedUntil(tx.sql);
  const asked = effectiveOn ?? today;
  const day = closed !== null && asked <= closed ? addDays(closed, 1) : asked;
  const before = await tx.em.findOne(ExchangeRate, { currency, effectiveOn: day });
  const rateBefore = before?.rate;
  const id = await recordExchangeRate(tx, { currency, rate, effectiveOn: day });
  return { id, changed: before === null || before.rate !== rateBefore };
}
