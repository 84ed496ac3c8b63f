import pg from 'pg';
import { parseInstant } from '../../kernel/clock.js';

const INSTANTS = new Set<number>([pg.types.builtins.TIMESTAMPTZ, pg.types.builtins.TIMESTAMP]);

/** How values arrive from every statement, in a Tx or outside of one (test/platform/row-types.test.ts): timestamps as Date, bigints as number, dates and numerics as text. */
export const rowTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
    if (INSTANTS.has(oid)) return parseInstant;
    if (oid === Number(pg.types.builtins.INT8)) return Number;
    // Business dates stay YYYY-MM-DD: a Date would move them by the zone.
    if (oid === Number(pg.types.builtins.DATE)) return String;
    return pg.types.getTypeParser(oid, format ?? 'text');
  },
};
