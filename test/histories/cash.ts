import { type Command, input, money, type Scene, step, voiding } from './dice.js';

const box = (scene: Scene, where = 'true'): Promise<any> =>
  scene.one(
    `select b.id, b.account, (select json_agg(k order by k.currency) from cash_balances k where k.box_id = b.id and k.balance > 0) as held
     from cash_boxes b where b.active and ${where} order by b.account, b.id`,
  );
const HOLDS = 'exists (select 1 from cash_balances k where k.box_id = b.id and k.balance > 0)';
const transfer = (scene: Scene, status: string): Promise<any> =>
  scene.one(`select d.* from cash_transfers d where d.status = $1 order by d.id desc`, [status]);
const expense = (scene: Scene, ...states: string[]): Promise<any> =>
  scene.one(`select d.* from expenses d where d.status = any ($1) order by d.id desc`, [states]);
const commission = (scene: Scene, status: string): Promise<any> =>
  scene.one(`select d.* from commissions d where d.status = $1 order by d.id desc`, [status]);

/** Some of what a box holds, as far as it has a cash balance. */
const some = (scene: Scene, found: any): any => {
  const held = scene.of<any>(found.held);
  const { currency, balance } = held;
  return { currency, amount: scene.portion(Number(balance) / 4, currency) };
};

const spent = (scene: Scene): object => {
  const currency = scene.coin(1) ? 'USD' : 'IQD';
  const amount = money(scene.number(60) * (currency === 'IQD' ? 1250 : 0.73), currency);
  return { account: 6900, currency, amount, description: 'Fuel', spentOn: scene.day };
};

export const CASH: readonly Command[] = [
  {
    name: 'ask for a cash transfer',
    weight: 2,
    before: 'collect',
    make: async (scene) => {
      const [from, to] = [await box(scene, HOLDS), scene.company.boxes[scene.of(['Safe HQ', 'Bank HQ', 'Channel'])]];
      return from && input('requestCashTransfer', { fromBoxId: from.id, toBoxId: to, amounts: [some(scene, from)] });
    },
  },
  {
    name: 'approve a cash transfer',
    weight: 2,
    before: 'ask for a cash transfer',
    make: async (scene) => {
      const call = step('approveCashTransfer', await transfer(scene, 'REQUESTED'));
      return call && { ...call, by: scene.company.accountant };
    },
  },
  {
    name: 'send a cash transfer',
    weight: 2,
    before: 'approve a cash transfer',
    make: async (scene) => step('sendCashTransfer', await transfer(scene, 'APPROVED')),
  },
  {
    name: 'receive a cash transfer',
    weight: 3,
    before: 'send a cash transfer',
    make: async (scene) => {
      const found = await transfer(scene, 'SENT');
      if (!found) return null;
      const [line] = await scene.company.sql('select * from cash_transfer_lines where transfer_id = $1', [found.id]);
      const fees = [{ currency: line.currency, amount: scene.portion(Number(line.amount) / 20, line.currency) }];
      return step('receiveCashTransfer', found, scene.coin(1) ? { fees } : {});
    },
  },
  {
    name: 'cancel a cash transfer',
    weight: 1,
    before: 'approve a cash transfer',
    make: async (scene) =>
      voiding('cancelCashTransfer', await transfer(scene, scene.of(['REQUESTED', 'APPROVED', 'SENT']))),
  },
  {
    name: 'hand over',
    weight: 2,
    before: 'collect on the road',
    make: async (scene) => {
      const found = await box(scene, `b.account = 1120 and ${HOLDS}`);
      if (!found) return null;
      const claims = found.held.map(({ currency, balance }: any) => ({
        currency,
        amount: scene.coin(1) ? String(balance) : scene.portion(balance, currency),
      }));
      return input('handOverCash', { fromBoxId: found.id, claims, keepsRest: scene.coin(2) });
    },
  },
  {
    name: 'exchange cash',
    weight: 2,
    before: 'collect',
    make: async (scene) => {
      const from = await box(scene, HOLDS);
      if (!from) return null;
      const { currency, amount } = some(scene, from);
      const toCurrency = currency === 'USD' ? 'IQD' : 'USD';
      const worth = Number(amount) * (currency === 'USD' ? 1311.5 : 1 / 1318);
      const got = scene.coin(1) ? { toAmount: money(worth, toCurrency) } : {};
      return input('exchangeCash', { fromBoxId: from.id, currency, amount, toCurrency, ...got });
    },
  },
  {
    name: 'spend',
    weight: 2,
    make: (scene) =>
      input('createExpense', { ...spent(scene), boxId: scene.company.boxes[scene.of(['Safe HQ', 'Bank HQ'])] }),
  },
  {
    name: 'ask for an expense',
    weight: 2,
    make: (scene) => input('createExpense', { ...spent(scene), submit: scene.coin(2) }),
  },
  {
    name: 'submit an expense',
    weight: 2,
    before: 'ask for an expense',
    make: async (scene) => step('submitExpense', await expense(scene, 'DRAFT', 'REJECTED')),
  },
  {
    name: 'approve an expense',
    weight: 2,
    before: 'submit an expense',
    make: async (scene) => step('approveExpense', await expense(scene, 'SUBMITTED')),
  },
  {
    name: 'reject an expense',
    weight: 1,
    before: 'ask for an expense',
    make: async (scene) => voiding('rejectExpense', await expense(scene, 'SUBMITTED')),
  },
  {
    name: 'pay an expense',
    weight: 2,
    before: 'approve an expense',
    make: async (scene) =>
      step('payExpense', await expense(scene, 'APPROVED'), { boxId: scene.company.boxes['Safe HQ'] }),
  },
  {
    name: 'void an expense',
    weight: 1,
    before: 'spend',
    make: async (scene) => voiding('voidExpense', await expense(scene, 'APPROVED', 'PAID')),
  },
  {
    name: 'calculate commissions',
    weight: 1,
    make: (scene) => {
      const month = `${scene.company.day.slice(0, 7)}-01`;
      const before = new Date(Date.parse(month) - 86_400_000).toISOString().slice(0, 7);
      return { mutation: 'calculateCommissions', args: { month: scene.coin(1) ? month : `${before}-01` } };
    },
  },
  {
    name: 'approve a commission',
    weight: 1,
    before: 'calculate commissions',
    make: async (scene) => step('approveCommission', await commission(scene, 'CALCULATED')),
  },
  {
    name: 'pay a commission',
    weight: 1,
    before: 'approve a commission',
    make: async (scene) =>
      step('payCommission', await commission(scene, 'APPROVED'), { boxId: scene.company.boxes['Safe HQ'] }),
  },
];
