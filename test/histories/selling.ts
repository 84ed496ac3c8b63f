import { type Command, input, linesOf, money, type Scene, step, voiding } from './dice.js';

const order = (scene: Scene, where: string): Promise<any> =>
  scene.document('orders', 'customer', where, linesOf('order_lines', 'order_id'));
const invoice = (scene: Scene, where = 'd.voided_at is null'): Promise<any> =>
  scene.document('invoices', 'customer', where, linesOf('invoice_lines', 'invoice_id'));

const orderLines = (scene: Scene): object[] =>
  [0, 1].slice(0, scene.coin(1) ? 2 : 1).map((offset) => ({
    productId: scene.of(scene.cast.products, offset),
    quantity: String(scene.number(6)),
    ...(scene.coin(2) && { discountPercent: String(scene.number(25)) }),
    ...(scene.coin(4) && { taxId: scene.company.taxId }),
  }));

/** What is left of a line, as far as it is to be moved. */
const part = (scene: Scene, { id, quantity, ...line }: any, done: readonly string[]): object => ({
  lineId: id,
  quantity: scene.pieces(Number(quantity) - done.reduce((sum, name) => sum + Number(line[name]), 0)),
});

/** Settles an invoice by a source, at a rate of the day when the currencies differ. */
const allocation = (scene: Scene, { id, balance, currency }: any, sourceCurrency: string): object => ({
  invoiceId: id,
  amount: scene.portion(balance, currency),
  ...(currency !== sourceCurrency && { atDayRate: true }),
  ...(scene.coin(8) && { writeOffRest: true }),
});

const open = (scene: Scene): Promise<any> => invoice(scene, 'd.voided_at is null and d.balance > 0');

/** What waits to settle something of its customer, with an invoice that is open. */
const waiting = (scene: Scene, table: 'payments' | 'credit_notes'): Promise<any> =>
  scene.document(
    table,
    'customer',
    `d.unapplied > 0 and exists (select 1 from invoices i where i.customer_id = d.customer_id and i.balance > 0)`,
    `(select to_json(i) from invoices i where i.customer_id = d.customer_id and i.balance > 0 order by i.id desc limit 1) as open`,
  );

async function pay(scene: Scene, currency: (own: string) => string): Promise<object | null> {
  const found = await open(scene);
  if (!found) return null;
  const paidIn = currency(found.currency);
  const worth = Number(found.balance) * (found.currency === paidIn ? 1 : paidIn === 'IQD' ? 1310 : 1 / 1310);
  const settled = scene.coin(1) ? { allocations: [allocation(scene, found, paidIn)] } : { oldestFirst: scene.coin(2) };
  return {
    ...{ customerId: found.customer_id, currency: paidIn, amount: scene.portion(worth * 1.1, paidIn) },
    ...{ method: scene.coin(4) ? 'BANK_TRANSFER' : 'CASH', receivedOn: scene.day },
    ...settled,
  };
}

export const SELLING: readonly Command[] = [
  {
    name: 'order',
    weight: 6,
    make: (scene) => {
      const terms = { shipping: scene.coin(8) ? '3' : '0', discountPercent: scene.coin(4) ? '2.5' : '0' };
      return input('createOrder', { customerId: scene.of(scene.cast.customers), lines: orderLines(scene), ...terms });
    },
  },
  {
    name: 'change a draft',
    weight: 1,
    before: 'order',
    make: async (scene) => {
      const draft = await order(scene, `d.status = 'DRAFT'`);
      return draft && input('updateOrder', { id: draft.id, version: draft.version, lines: orderLines(scene) });
    },
  },
  {
    name: 'confirm',
    weight: 6,
    before: 'order',
    make: async (scene) => step('confirmOrder', await order(scene, `d.status = 'DRAFT'`)),
  },
  {
    name: 'amend',
    weight: 2,
    before: 'confirm',
    make: async (scene) => {
      const found = await order(scene, `d.status = 'CONFIRMED'`);
      if (!found) return null;
      const { id, version, lines } = found;
      const quantities = [{ lineId: scene.of<any>(lines).id, quantity: String(scene.number(8)) }];
      return input('amendOrder', {
        id,
        version,
        ...(scene.coin(1) ? { quantities } : { lines: orderLines(scene).slice(0, 1) }),
      });
    },
  },
  {
    name: 'ship',
    weight: 6,
    before: 'confirm',
    make: async (scene) => {
      const found = await order(scene, `d.status = 'CONFIRMED'`);
      const some =
        found && !scene.coin(1) ? { lines: [part(scene, scene.of(found.lines), ['shipped', 'cancelled'])] } : {};
      return step('shipOrder', found, some);
    },
  },
  {
    name: 'deliver',
    weight: 2,
    before: 'ship',
    make: async (scene) => step('deliverOrder', await order(scene, `d.status = 'SHIPPED'`)),
  },
  {
    name: 'cancel an order',
    weight: 1,
    before: 'confirm',
    make: async (scene) => voiding('cancelOrder', await order(scene, `d.status in ('DRAFT', 'CONFIRMED', 'SHIPPED')`)),
  },
  {
    name: 'close the rest of an order',
    weight: 1,
    before: 'ship',
    make: async (scene) => voiding('closeOrder', await order(scene, `d.status in ('CONFIRMED', 'SHIPPED')`)),
  },
  {
    name: 'void a shipment',
    weight: 2,
    before: 'ship',
    make: async (scene) =>
      voiding('voidShipment', await scene.document('shipments', 'customer', 'd.voided_at is null')),
  },
  {
    name: 'bill an order',
    weight: 7,
    before: 'confirm',
    make: async (scene) => {
      const found = await order(
        scene,
        `d.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED')
        and exists (select 1 from order_lines l where l.order_id = d.id and l.invoiced < l.quantity)`,
      );
      if (!found) return null;
      const lines = scene.coin(1) ? null : [part(scene, scene.of(found.lines), ['invoiced'])];
      return input('createInvoice', { orderId: found.id, lines, issuedOn: scene.coin(2) ? scene.day : null });
    },
  },
  {
    name: 'bill goods and services',
    weight: 5,
    make: (scene) => {
      const currency = scene.coin(1) ? 'USD' : 'IQD';
      const unitPrice = money(scene.number(90) * (currency === 'IQD' ? 1311 : 1.11), currency);
      const goods = { productId: scene.of(scene.cast.products), quantity: String(scene.number(4)), unitPrice };
      const service = { description: 'Repair', quantity: '1', unitPrice, ...(scene.coin(4) && { taxPercent: '10' }) };
      return input('createInvoice', {
        ...{ customerId: scene.of(scene.cast.customers, scene.number(5)), currency, issuedOn: scene.day },
        freeLines: scene.coin(2) ? [goods, service] : [service],
      });
    },
  },
  {
    name: 'void an invoice',
    weight: 2,
    before: 'bill an order',
    make: async (scene) => voiding('voidInvoice', await invoice(scene)),
  },
  {
    name: 'credit goods',
    weight: 3,
    before: 'bill an order',
    make: async (scene) => {
      const found = await invoice(scene);
      if (!found) return null;
      const line = scene.of<any>(found.lines);
      const lines = [{ invoiceLineId: line.id, quantity: scene.pieces(line.quantity - line.credited) }];
      const issuedOn = scene.coin(4) ? scene.day : null;
      return input('issueCreditNote', {
        invoiceId: found.id,
        lines,
        restock: scene.coin(1),
        reason: 'Returned',
        issuedOn,
      });
    },
  },
  {
    name: 'credit an allowance',
    weight: 2,
    before: 'bill goods and services',
    make: async (scene) => {
      const found = await invoice(scene);
      return (
        found &&
        input('issueCreditNote', {
          ...{ invoiceId: found.id, reason: 'Scratched' },
          amount: scene.portion((found.total - found.credited) / 2, found.currency),
        })
      );
    },
  },
  {
    name: 'credit without an invoice',
    weight: 1,
    make: (scene) => {
      const currency = scene.coin(1) ? 'USD' : 'IQD';
      const amount = money(scene.number(40) * (currency === 'IQD' ? 1000 : 1.5), currency);
      const of = { customerId: scene.of(scene.cast.customers), currency, amount, issuedOn: scene.day };
      return input('createCreditNote', { ...of, reason: 'Goodwill' });
    },
  },
  {
    name: 'debit note',
    weight: 1,
    make: (scene) => {
      const currency = scene.coin(1) ? 'USD' : 'IQD';
      const amount = money(scene.number(40) * (currency === 'IQD' ? 1000 : 1.5), currency);
      const of = { customerId: scene.of(scene.cast.customers), currency, amount, issuedOn: scene.day };
      return input('createDebitNote', { ...of, reason: 'Freight' });
    },
  },
  {
    name: 'apply a credit note',
    weight: 2,
    before: 'credit without an invoice',
    make: async (scene) => {
      const note = await waiting(scene, 'credit_notes');
      if (!note) return null;
      const args = { id: note.id, allocations: [allocation(scene, note.open, note.currency)] };
      return { mutation: 'applyCreditNote', args };
    },
  },
  {
    name: 'void a credit note',
    weight: 1,
    before: 'credit an allowance',
    make: async (scene) =>
      voiding('voidCreditNote', await scene.document('credit_notes', 'customer', 'd.voided_at is null')),
  },
  {
    name: 'write off',
    weight: 1,
    before: 'debit note',
    make: async (scene) => {
      const found = await open(scene);
      if (!found) return null;
      const amount = scene.coin(1) ? null : scene.portion(found.balance, found.currency);
      return input('writeOff', { invoiceId: found.id, amount, reason: 'Bankrupt' });
    },
  },
  {
    name: 'collect',
    weight: 5,
    before: 'bill goods and services',
    make: async (scene) => {
      const found = await pay(scene, (own) => own);
      return found && input('recordPayment', found);
    },
  },
  {
    name: 'collect in the other currency',
    weight: 4,
    before: 'bill an order',
    make: async (scene) => {
      const found = await pay(scene, (own) => (own === 'IQD' ? 'USD' : 'IQD'));
      return found && input('recordPayment', found);
    },
  },
  {
    name: 'collect on the road',
    weight: 3,
    before: 'bill an order',
    make: async (scene) => {
      const found = await pay(scene, (own) => (scene.coin(2) ? own : 'IQD'));
      return found && { ...input('recordPayment', { ...found, method: 'CASH' }), by: scene.cast.salesperson };
    },
  },
  {
    name: 'apply a payment',
    weight: 3,
    before: 'collect',
    make: async (scene) => {
      const payment = await waiting(scene, 'payments');
      if (!payment) return null;
      const args = { id: payment.id, allocations: [allocation(scene, payment.open, payment.currency)] };
      return { mutation: 'applyPayment', args };
    },
  },
  {
    name: 'void a payment',
    weight: 2,
    before: 'collect',
    make: async (scene) => voiding('voidPayment', await scene.document('payments', 'customer', 'd.voided_at is null')),
  },
  {
    name: 'refund',
    weight: 3,
    before: 'collect in the other currency',
    make: async (scene) => {
      const of = scene.coin(1) ? 'payments' : 'credit_notes';
      const found = await scene.document(of, 'customer', 'd.unapplied > 0');
      if (!found) return null;
      const source = of === 'payments' ? { paymentId: found.id } : { creditNoteId: found.id };
      const amount = scene.portion(found.unapplied, found.currency);
      return input('recordRefund', { ...source, amount, method: scene.coin(2) ? 'CASH' : 'BANK_TRANSFER' });
    },
  },
  {
    name: 'void a refund',
    weight: 2,
    before: 'refund',
    make: async (scene) => voiding('voidRefund', await scene.document('refunds', 'customer', 'd.voided_at is null')),
  },
  {
    name: 'merge customers',
    weight: 1,
    make: async (scene) => {
      const [keepId, duplicateId] = [scene.of(scene.cast.customers), scene.of(scene.cast.customers, 1)];
      const [found] = await scene.company.sql('select version from customers where id = $1', [duplicateId]);
      return { mutation: 'mergeCustomers', args: { keepId, duplicateId, duplicateVersion: found.version } };
    },
  },
];
