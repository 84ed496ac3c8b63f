import type { Call } from './company.js';
import { type Command, input, money, type Scene } from './dice.js';

/** What the cashier of the cast has open; a shift of both casts of a cashier. */
async function shift(scene: Scene): Promise<any> {
  const { userId } = await cashier(scene);
  const [found] = await scene.company.sql(
    `select s.id, s.version, s.box_id, (select json_object_agg(b.currency, b.balance) from cash_balances b where b.box_id = s.box_id) as held
     from till_sessions s where s.user_id = $1 and s.closed_at is null`,
    [userId],
  );
  return found ?? null;
}

const known = new WeakMap<object, { userId: string }>();
async function cashier(scene: Scene): Promise<{ userId: string }> {
  const { cashier: client } = scene.cast;
  const found = known.get(client) ?? (await client.query<any>('{ me { userId } }')).data.me;
  known.set(client, found);
  return found;
}

const asCashier = (scene: Scene, call: Call): Call => ({ ...call, by: scene.cast.cashier });

const lines = (scene: Scene): object[] =>
  [0, 1].slice(0, scene.coin(1) ? 2 : 1).map((offset) => ({
    productId: scene.of(scene.cast.products, offset),
    quantity: String(scene.number(3)),
  }));

/** Notes of both currencies; what they come to is often not enough. */
const tender = (scene: Scene, dollars: number): object => {
  const inDollars = money(Math.ceil((dollars * scene.number(10)) / 8), 'USD');
  const inDinars = String(250 * Math.ceil((dollars * 1310 * scene.number(12)) / 8 / 250));
  const tendered = [
    ...(scene.coin(2) ? [{ currency: 'USD', amount: inDollars }] : []),
    ...(scene.coin(4) || !scene.coin(2) ? [{ currency: 'IQD', amount: inDinars }] : []),
  ];
  return { tendered, changeIn: scene.coin(8) ? 'USD' : 'IQD' };
};

export const TILL: readonly Command[] = [
  {
    name: 'open a till',
    weight: 3,
    before: 'bill goods and services',
    make: async (scene) => {
      if (await shift(scene)) return null;
      const counts = [
        { currency: 'IQD', amount: String(250 * scene.number(4000)) },
        { currency: 'USD', amount: String(scene.number(400)) },
      ].slice(0, scene.number(3) - 1);
      const args = { counts, warehouseId: scene.of(scene.company.warehouses) };
      return asCashier(scene, { mutation: 'openTill', args });
    },
  },
  {
    name: 'sell over the counter',
    weight: 7,
    before: 'open a till',
    make: async (scene) => {
      const found = await shift(scene);
      const sale = { sessionId: found?.id, lines: lines(scene), payments: [], cash: tender(scene, 90) };
      return found && asCashier(scene, input('sellAtTill', sale));
    },
  },
  {
    name: 'sell over the counter on account',
    weight: 3,
    before: 'open a till',
    make: async (scene) => {
      const found = await shift(scene);
      const sale = { sessionId: found?.id, lines: lines(scene), payments: [], onAccount: true };
      const customerId = scene.of(scene.cast.customers);
      const paid = scene.coin(2) ? { cash: tender(scene, 30) } : {};
      return found && asCashier(scene, input('sellAtTill', { ...sale, ...paid, customerId }));
    },
  },
  {
    name: 'park a sale',
    weight: 1,
    before: 'open a till',
    make: async (scene) => {
      const found = await shift(scene);
      return (
        found && asCashier(scene, input('parkSale', { sessionId: found.id, label: 'Blue coat', lines: lines(scene) }))
      );
    },
  },
  {
    name: 'collect at the till',
    weight: 3,
    before: 'sell over the counter on account',
    make: async (scene) => {
      const found = await shift(scene);
      const owed = await scene.document('invoices', 'customer', 'd.voided_at is null and d.balance > 0');
      if (!found || !owed) return null;
      const { id: invoiceId, customer_id: customerId, currency, balance } = owed;
      const amount = scene.portion(balance, currency);
      const dollars = Number(amount) / (currency === 'IQD' ? 1310 : 1);
      const settled = scene.coin(1) ? { allocations: [{ invoiceId, amount }] } : { oldestFirst: true };
      const cash = scene.coin(8) ? {} : { cash: tender(scene, dollars) };
      const of = { sessionId: found.id, customerId, amount, currency, method: 'CASH' };
      return asCashier(scene, input('collectAtTill', { ...of, ...settled, ...cash }));
    },
  },
  {
    name: 'take goods back at the till',
    weight: 3,
    before: 'sell over the counter',
    make: async (scene) => {
      const found = await shift(scene);
      const sold = await scene.one(
        `select l.id, l.invoice_id, l.quantity, l.credited from invoices i join invoice_lines l on l.invoice_id = i.id
         where i.voided_at is null and l.product_id = any ($1) and l.credited < l.quantity and i.id in (
           select a.invoice_id from allocations a join payments p on p.id = a.payment_id where p.till_session_id is not null)
         order by i.id desc`,
        [scene.cast.products],
      );
      if (!found || !sold) return null;
      const returned = [{ invoiceLineId: sold.id, quantity: scene.pieces(sold.quantity - sold.credited) }];
      const of = { sessionId: found.id, invoiceId: sold.invoice_id, reason: 'Wrong size', method: 'CASH' };
      return asCashier(scene, input('returnAtTill', { ...of, lines: returned }));
    },
  },
  {
    name: 'move cash of a till',
    weight: 3,
    before: 'open a till',
    make: async (scene) => {
      const found = await shift(scene);
      if (!found) return null;
      const currency = scene.coin(1) ? 'USD' : 'IQD';
      const amount = currency === 'USD' ? String(scene.number(80)) : String(250 * scene.number(400));
      const kind = scene.coin(2) ? 'PAY_IN' : 'PAY_OUT';
      const account = scene.coin(4) ? null : kind === 'PAY_IN' ? 4200 : 6900;
      const move = { sessionId: found.id, kind, currency, amount, account, reason: 'Float' };
      return asCashier(scene, input('moveTillCash', move));
    },
  },
  {
    name: 'close a till',
    weight: 2,
    before: 'open a till',
    make: async (scene) => {
      const found = await shift(scene);
      if (!found) return null;
      const off = scene.coin(1) ? 0 : scene.number(5) - 3;
      const counts = Object.entries((found.held ?? {}) as Record<string, number>).map(([currency, held]) => ({
        currency,
        amount: String(Math.max(0, Number(held) + off * (currency === 'IQD' ? 250 : 1))),
      }));
      const args = { id: found.id, version: found.version, counts };
      return asCashier(scene, { mutation: 'closeTill', args });
    },
  },
];
