import { object, type FieldRead } from '../platform/read/definition.js';
import { raw, type Sql, sql } from '../platform/read/sql.js';
import type { Tx } from '../platform/db/transact.js';
import { ComputedDocument, ReportedDocument } from './reported.entity.js';

const AMOUNTS = ['subtotal', 'discountTotal', 'taxTotal', 'total'];
const FACTS = [
  ...AMOUNTS,
  ...['status', 'shipping', 'adjustment', 'rounding', 'balance', 'paid', 'credited', 'writtenOff'],
  ...['exchangeRate', 'reference', 'location', 'salesperson'],
];

const textsOf = (names: readonly string[]): Record<string, Sql> =>
  Object.fromEntries(names.map((name) => [name, raw(`j.said ->> '${name}'`)]));

interface Reported {
  readonly reportedFacts: Sql;
  readonly computedAmounts: Sql;
  readonly currency: Sql;
}

/** The fields of every document that a source may report, for its reads. */
export function reportedFields<E extends object>(): Record<'reported' | 'computed', FieldRead<E>> {
  const shape = (
    type: typeof ReportedDocument | typeof ComputedDocument,
    column: keyof Reported,
    names: readonly string[],
  ) =>
    object<E>(type, (row) => {
      const known = row as unknown as Reported;
      return {
        from: sql`(select ${known[column]} as said) j where j.said is not null`,
        always: { currency: known.currency },
        fields: textsOf(names),
      };
    });
  return {
    reported: shape(ReportedDocument, 'reportedFacts', FACTS),
    computed: shape(ComputedDocument, 'computedAmounts', AMOUNTS),
  };
}

/** IQD for one unit of a currency, from the first day on of which a rate is known; null when none is. */
export async function firstExchangeRate(run: Tx['sql'], currency: string): Promise<string | null> {
  const [row] = await run<{ rate: string }>(
    'select rate::text as rate from exchange_rates where currency = $1 order by effective_on limit 1',
    [currency],
  );
  return row?.rate ?? null;
}
