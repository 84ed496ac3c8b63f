/** The column types of documents, once: decimals arrive as text, days stay days. Spread them: the ORM writes into what it gets. */
export const AMOUNT = { type: 'string', columnType: 'numeric(18,6)' } as const;
export const QUANTITY = { type: 'string', columnType: 'numeric(18,3)' } as const;
export const PERCENT = { type: 'string', columnType: 'numeric(6,3)' } as const;
export const DAY = { type: 'string', columnType: 'date' } as const;
export const INSTANT = { type: 'datetime', columnType: 'timestamptz' } as const;
export const NO_CASCADE = { ref: true, deleteRule: 'restrict', updateRule: 'no action' } as const;
export const WITH_OWNER = { ref: true, deleteRule: 'cascade', updateRule: 'no action' } as const;
