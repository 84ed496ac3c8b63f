import { type Command, input, money, type Scene, voiding } from './dice.js';

const RATES: Readonly<Record<string, number>> = { USD: 1290, RMB: 180 };

/** Rows of one batch: parties on either side, a box and an account. */
const openingRows = (scene: Scene): object[] => {
  const currency = scene.coin(1) ? 'USD' : 'IQD';
  const amount = (most: number): string => money(scene.number(most) * (currency === 'IQD' ? 999 : 1.07), currency);
  const sign = scene.coin(2) ? '' : '-';
  return [
    { customerId: scene.of(scene.cast.customers), currency, amount: `${sign}${amount(90)}` },
    { vendorId: scene.of(scene.cast.vendors), currency, amount: `${sign}${amount(70)}` },
    { account: 1130, partyId: scene.company.boxes['Safe HQ'], currency, amount: amount(50) },
    { account: 1510, currency, amount: amount(400) },
  ].slice(scene.number(3) - 1);
};

export const ACCOUNTS: readonly Command[] = [
  {
    name: 'post an entry',
    weight: 2,
    make: (scene) => {
      const currency = scene.coin(1) ? 'USD' : 'IQD';
      const amount = money(scene.number(90) * (currency === 'IQD' ? 777 : 1.01), currency);
      const [debit, credit] = scene.coin(2) ? [6100, 1130] : [1130, 4200];
      const of = (account: number): object =>
        account === 1130 ? { account, partyId: scene.company.boxes['Safe HQ'], currency } : { account, currency };
      const lines = [
        { ...of(debit), debit: amount },
        { ...of(credit), credit: amount },
      ];
      return { ...input('postJournalEntry', { reason: 'Wages', lines, day: scene.day }), by: scene.company.accountant };
    },
  },
  {
    name: 'reverse an entry',
    weight: 1,
    before: 'post an entry',
    make: async (scene) => {
      const found = await scene.one(`select e.id from journal_entries e where e.event = 'MANUAL' order by e.id desc`);
      return found && { mutation: 'reverseJournalEntry', args: { id: found.id, reason: 'Twice' } };
    },
  },
  {
    name: 'record a rate',
    weight: 2,
    make: (scene) => {
      const currency = scene.coin(1) ? 'USD' : 'RMB';
      const rate = String((RATES[currency] as number) + scene.number(currency === 'USD' ? 40 : 6));
      return { mutation: 'recordExchangeRate', args: { currency, rate, effectiveOn: scene.day } };
    },
  },
  {
    name: 'open balances',
    weight: 1,
    make: (scene) => input('recordOpeningBalances', { day: scene.day, rows: openingRows(scene) }),
  },
  {
    name: 'void opening balances',
    weight: 1,
    before: 'open balances',
    make: async (scene) =>
      voiding(
        'voidOpeningBalances',
        await scene.one(`select d.* from opening_batches d where d.voided_at is null order by d.id desc`),
      ),
  },
  {
    name: 'close the books',
    weight: 1,
    make: (scene) => {
      const until = new Date(Date.parse(scene.company.day) - 86_400_000 * scene.number(3)).toISOString().slice(0, 10);
      return { mutation: 'closeBooks', args: { until }, by: scene.company.accountant };
    },
  },
];
