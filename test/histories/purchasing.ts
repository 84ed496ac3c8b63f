import { type Command, input, linesOf, money, type Scene, step, voiding } from './dice.js';

const bill = (scene: Scene, where = 'd.voided_at is null'): Promise<any> =>
  scene.document('bills', 'vendor', where, linesOf('bill_lines', 'bill_id'));
const order = (scene: Scene, where: string): Promise<any> =>
  scene.document('purchase_orders', 'vendor', where, linesOf('purchase_order_lines', 'order_id'));
const receipt = (scene: Scene, where = 'true'): Promise<any> =>
  scene.document('goods_receipts', 'vendor', where, linesOf('goods_receipt_lines', 'receipt_id'));

const OF_DOLLAR: Readonly<Record<string, number>> = { USD: 1, RMB: 7.14, IQD: 1310 };

/** A cost of goods in the currency of a vendor, about what they were opened with. */
const cost = (scene: Scene, currency: string, offset = 0): string => {
  const dollars = scene.of([20, 5.55, 0.2, 80], offset) * (0.7 + scene.number(600) / 1000);
  return money(dollars * (OF_DOLLAR[currency] ?? 1), currency);
};

const CURRENCY_ORDER = ['IQD', 'RMB', 'USD'];

/** A vendor with its currency; they are in the order of their codes, which end with it. */
const vendor = (scene: Scene): { vendorId: string; currency: string } => {
  const index = scene.of([0, 1, 2], scene.number(3));
  return { vendorId: scene.cast.vendors[index] as string, currency: CURRENCY_ORDER[index] as string };
};

const goods = (scene: Scene, currency: string): any[] =>
  [0, 1].slice(0, scene.coin(1) ? 2 : 1).map((offset) => ({
    productId: scene.of(scene.cast.products, offset),
    quantity: String(scene.number(20)),
    unitCost: cost(scene, currency, offset),
    ...(scene.coin(4) && { taxPercent: '10' }),
  }));

const freight = (scene: Scene, currency: string): object => ({
  description: 'Freight',
  quantity: '1',
  unitCost: money(scene.number(30) * (OF_DOLLAR[currency] ?? 1), currency),
  landed: true,
});

const allocation = (scene: Scene, { id, balance, currency }: any, sourceCurrency: string): object => ({
  billId: id,
  amount: scene.portion(balance, currency),
  ...(currency !== sourceCurrency && { atDayRate: true }),
  ...(scene.coin(8) && { writeOffRest: true }),
});

const open = (scene: Scene): Promise<any> => bill(scene, 'd.voided_at is null and d.balance > 0');

/** What waits to settle something of its vendor, with a bill that is open. */
const waiting = (scene: Scene, table: 'payments_made' | 'vendor_credits'): Promise<any> =>
  scene.document(
    table,
    'vendor',
    `d.unapplied > 0 and exists (select 1 from bills b where b.vendor_id = d.vendor_id and b.balance > 0)`,
    `(select to_json(b) from bills b where b.vendor_id = d.vendor_id and b.balance > 0 order by b.id desc limit 1) as open`,
  );

export const PURCHASING: readonly Command[] = [
  {
    name: 'order from a vendor',
    weight: 3,
    make: (scene) => {
      const { vendorId, currency } = vendor(scene);
      return input('createPurchaseOrder', { vendorId, lines: goods(scene, currency), orderedOn: scene.day });
    },
  },
  {
    name: 'send an order',
    weight: 3,
    before: 'order from a vendor',
    make: async (scene) => step('sendPurchaseOrder', await order(scene, `d.status = 'DRAFT'`)),
  },
  {
    name: 'receive an order',
    weight: 4,
    before: 'send an order',
    make: async (scene) => {
      const found = await order(scene, `d.status in ('SENT', 'PARTLY_RECEIVED')`);
      if (!found) return null;
      const line = scene.of<any>(found.lines);
      const lines = [{ lineId: line.id, quantity: scene.pieces(line.quantity - line.received) }];
      return step('receivePurchaseOrder', found, scene.coin(1) ? {} : { lines });
    },
  },
  {
    name: 'cancel an order to a vendor',
    weight: 1,
    before: 'order from a vendor',
    make: async (scene) => voiding('cancelPurchaseOrder', await order(scene, `d.status in ('DRAFT', 'SENT')`)),
  },
  {
    name: 'close an order to a vendor',
    weight: 1,
    before: 'receive an order',
    make: async (scene) => step('closePurchaseOrder', await order(scene, `d.status = 'PARTLY_RECEIVED'`)),
  },
  {
    name: 'enter a bill',
    weight: 5,
    make: (scene) => {
      const { vendorId, currency } = vendor(scene);
      const service = { description: 'Insurance', quantity: '1', unitCost: cost(scene, currency) };
      const lines = [
        ...goods(scene, currency),
        ...(scene.coin(2) ? [freight(scene, currency)] : []),
        ...(scene.coin(8) ? [service] : []),
      ];
      return input('createBill', { vendorId, lines, billedOn: scene.day, receive: scene.coin(1) });
    },
  },
  {
    name: 'bill what was received',
    weight: 4,
    before: 'receive an order',
    make: async (scene) => {
      const found = await receipt(
        scene,
        `d.order_id is not null and exists (select 1 from goods_receipt_lines l where l.receipt_id = d.id and l.billed < l.quantity)`,
      );
      if (!found) return null;
      const { vendor_id: vendorId, currency } = found;
      const lines = found.lines
        .filter((line: any) => line.billed < line.quantity)
        .map((line: any, index: number) => ({
          ...{ productId: line.product_id, receiptLineId: line.id },
          quantity: scene.pieces(line.quantity - line.billed),
          unitCost: scene.coin(2) ? cost(scene, currency, index) : money(line.amount / line.quantity, currency),
        }));
      const of = { vendorId, billedOn: scene.coin(4) ? scene.day : null };
      return input('createBill', { ...of, lines: [...lines, ...(scene.coin(1) ? [freight(scene, currency)] : [])] });
    },
  },
  {
    name: 'bill the freight of a receipt',
    weight: 1,
    before: 'receive a bill',
    make: async (scene) => {
      const found = await receipt(scene);
      if (!found) return null;
      const { vendorId, currency } = vendor(scene);
      const lines = [{ ...freight(scene, currency), landedReceiptId: found.id }];
      return input('createBill', { vendorId, lines, billedOn: scene.day });
    },
  },
  {
    name: 'receive a bill',
    weight: 4,
    before: 'enter a bill',
    make: async (scene) => {
      const found = await bill(
        scene,
        'd.voided_at is null and exists (select 1 from bill_lines l where l.bill_id = d.id and l.received < l.quantity)',
      );
      if (!found) return null;
      const line = scene.of<any>(found.lines);
      const lines = [{ lineId: line.id, quantity: scene.pieces(line.quantity - line.received) }];
      return step('receiveBill', found, scene.coin(1) ? {} : { lines });
    },
  },
  {
    name: 'correct a bill',
    weight: 3,
    before: 'bill what was received',
    make: async (scene) => {
      const found = await bill(scene);
      if (!found) return null;
      const line = scene.of<any>(found.lines);
      const unitCost = money(line.unit_cost * (0.8 + scene.number(400) / 1000), found.currency);
      return step('correctBill', found, { lines: [{ lineId: line.id, unitCost }], reason: 'Misread' });
    },
  },
  {
    name: 'void a bill',
    weight: 2,
    before: 'enter a bill',
    make: async (scene) => voiding('voidBill', await bill(scene)),
  },
  {
    name: 'return to a vendor',
    weight: 2,
    before: 'receive a bill',
    make: async (scene) => {
      const found = await bill(
        scene,
        'd.voided_at is null and exists (select 1 from bill_lines l where l.bill_id = d.id and l.stocked and l.returned < l.received)',
      );
      if (!found) return null;
      const line = scene.of<any>(found.lines.filter((one: any) => one.stocked));
      const lines = [{ billLineId: line.id, quantity: scene.pieces(line.received - line.returned) }];
      return input('issueVendorCredit', { billId: found.id, lines, reason: 'Broken' });
    },
  },
  {
    name: 'credit of a vendor',
    weight: 2,
    make: async (scene) => {
      const found = scene.coin(1) ? await bill(scene) : null;
      const { vendorId, currency } = vendor(scene);
      const of = found ? { billId: found.id } : { vendorId };
      const amount = found
        ? scene.portion(found.total / 3, found.currency)
        : money(scene.number(50) * (OF_DOLLAR[currency] ?? 1), currency);
      return input('issueVendorCredit', { ...of, amount, reason: 'Bonus' });
    },
  },
  {
    name: 'apply a vendor credit',
    weight: 2,
    before: 'credit of a vendor',
    make: async (scene) => {
      const credit = await waiting(scene, 'vendor_credits');
      if (!credit) return null;
      const args = { id: credit.id, allocations: [allocation(scene, credit.open, credit.currency)] };
      return { mutation: 'applyVendorCredit', args };
    },
  },
  {
    name: 'void a vendor credit',
    weight: 1,
    before: 'credit of a vendor',
    make: async (scene) =>
      voiding('voidVendorCredit', await scene.document('vendor_credits', 'vendor', 'd.voided_at is null')),
  },
  {
    name: 'pay a vendor',
    weight: 5,
    before: 'enter a bill',
    make: async (scene) => {
      const found = await open(scene);
      if (!found) return null;
      const currency = scene.coin(2) ? found.currency : scene.of(['USD', 'IQD']);
      const worth = (Number(found.balance) / (OF_DOLLAR[found.currency] ?? 1)) * (OF_DOLLAR[currency] ?? 1);
      const allocations = scene.coin(1) ? [allocation(scene, found, currency)] : null;
      return input('recordPaymentMade', {
        ...{ vendorId: found.vendor_id, currency, amount: scene.portion(worth * 1.1, currency), allocations },
        ...{ method: scene.coin(4) ? 'CASH' : 'BANK_TRANSFER', paidOn: scene.day },
      });
    },
  },
  {
    name: 'apply a payment made',
    weight: 2,
    before: 'pay a vendor',
    make: async (scene) => {
      const payment = await waiting(scene, 'payments_made');
      if (!payment) return null;
      const args = { id: payment.id, allocations: [allocation(scene, payment.open, payment.currency)] };
      return { mutation: 'applyPaymentMade', args };
    },
  },
  {
    name: 'void a payment made',
    weight: 1,
    before: 'pay a vendor',
    make: async (scene) =>
      voiding('voidPaymentMade', await scene.document('payments_made', 'vendor', 'd.voided_at is null')),
  },
];
