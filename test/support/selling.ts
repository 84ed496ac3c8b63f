import { newId } from '../../src/kernel/ids.js';
import type { TestApp, TestClient } from './app.js';

/** Sells over the API, as a person would; each step answers the document or the failure that the union holds. */
export const ORDER = `id number version status total { amount currency } subtotal { amount } discountTotal { amount } taxTotal { amount }
  needsApproval fulfilmentStatus invoiceStatus paymentStatus nextStates
  hasBackorders lines { id quantity shipped invoiced reserved backordered unitPrice { amount } lineTotal { amount } product { id } }`;
export const INVOICE = `id number version status total { amount currency } paid { amount } credited { amount } balance { amount } issuedOn dueOn
  lines { id quantity credited lineTotal { amount } }`;
const PAYMENT = `id number version amount { amount } applied { amount } refunded { amount } unapplied { amount } voidedAt`;
const NOTE = `id number version total { amount } applied { amount } refunded { amount } unapplied { amount } restocked voidedAt`;
const FAILURE = `... on UserError { code message field }
  ... on FieldOwnedElsewhereError { phase fields { field owner } }`;

export class Seller {
  constructor(
    readonly t: TestApp,
    readonly client: TestClient,
  ) {}

  private async run(
    mutation: string,
    booked: string,
    field: string,
    fields: string,
    args: Record<string, [string, unknown]>,
  ): Promise<any> {
    const names = Object.keys(args);
    const answer = await this.client.query<any>(
      `mutation(${names.map((name) => `$${name}: ${args[name]?.[0]}`).join(', ')}) {
         ${mutation}(${names.map((name) => `${name}: $${name}`).join(', ')}) {
           __typename ... on ${booked} { replayed ${field} { ${fields} } } ${FAILURE}
           ${field === 'order' && mutation !== 'createOrder' ? '... on IllegalTransitionError { allowed }' : ''} } }`,
      Object.fromEntries(names.map((name) => [name, args[name]?.[1]])),
    );
    if (answer.errors) return { errors: answer.errors, code: answer.errors[0]?.extensions['code'] };
    const result = answer.data[mutation];
    return result[field] ? { ...result[field], replayed: result.replayed } : result;
  }

  order(input: object, key: string = newId()): Promise<any> {
    return this.run('createOrder', 'OrderRecorded', 'order', ORDER, {
      input: ['CreateOrderInput!', input],
      idempotencyKey: ['ID!', key],
    });
  }
  updateOrder(input: object): Promise<any> {
    return this.run('updateOrder', 'OrderRecorded', 'order', ORDER, { input: ['UpdateOrderInput!', input] });
  }
  private step(mutation: string, order: { id: string; version: number }, rest: Record<string, [string, unknown]>) {
    const args = { id: ['ID!', order.id], version: ['Int!', order.version], ...rest } as Record<
      string,
      [string, unknown]
    >;
    return this.run(mutation, 'OrderRecorded', 'order', ORDER, args);
  }
  /** Confirms what is there; the rest waits for goods. */
  confirmPart(order: any): Promise<any> {
    return this.step('confirmOrder', order, {
      idempotencyKey: ['ID!', newId()],
      allowBackorder: ['Boolean', true],
    });
  }
  confirm(order: any, key: string = newId(), overrideCredit: boolean | null = null): Promise<any> {
    return this.step('confirmOrder', order, {
      idempotencyKey: ['ID!', key],
      overrideCredit: ['Boolean', overrideCredit],
    });
  }
  ship(order: any, lines: object[] | null = null, key: string = newId()): Promise<any> {
    return this.step('shipOrder', order, { idempotencyKey: ['ID!', key], lines: ['[LineQuantityInput!]', lines] });
  }
  approve(order: any): Promise<any> {
    return this.step('approveOrder', order, {});
  }
  deliver(order: any): Promise<any> {
    return this.step('deliverOrder', order, {});
  }
  cancel(order: any, key: string = newId()): Promise<any> {
    return this.step('cancelOrder', order, { reason: ['String!', 'Changed mind'], idempotencyKey: ['ID!', key] });
  }
  invoice(input: object, key: string = newId()): Promise<any> {
    return this.run('createInvoice', 'InvoiceRecorded', 'invoice', INVOICE, {
      input: ['CreateInvoiceInput!', input],
      idempotencyKey: ['ID!', key],
    });
  }
  private voided(mutation: string, booked: string, field: string, fields: string, document: any, key: string) {
    return this.run(mutation, booked, field, fields, {
      id: ['ID!', document.id],
      version: ['Int!', document.version],
      reason: ['String!', 'A mistake'],
      idempotencyKey: ['ID!', key],
    });
  }
  voidInvoice(invoice: any, key: string = newId()): Promise<any> {
    return this.voided('voidInvoice', 'InvoiceRecorded', 'invoice', INVOICE, invoice, key);
  }
  pay(input: object, key: string = newId()): Promise<any> {
    return this.run('recordPayment', 'PaymentRecorded', 'payment', PAYMENT, {
      input: ['RecordPaymentInput!', { method: 'CASH', ...input }],
      idempotencyKey: ['ID!', key],
    });
  }
  applyPayment(id: string, allocations: object[], key: string = newId()): Promise<any> {
    return this.run('applyPayment', 'PaymentRecorded', 'payment', PAYMENT, {
      id: ['ID!', id],
      allocations: ['[AllocationInput!]!', allocations],
      idempotencyKey: ['ID!', key],
    });
  }
  voidPayment(payment: any, key: string = newId()): Promise<any> {
    return this.voided('voidPayment', 'PaymentRecorded', 'payment', PAYMENT, payment, key);
  }
  credit(input: object, key: string = newId()): Promise<any> {
    return this.run('issueCreditNote', 'CreditNoteRecorded', 'creditNote', NOTE, {
      input: ['IssueCreditNoteInput!', { reason: 'Returned', ...input }],
      idempotencyKey: ['ID!', key],
    });
  }
  applyNote(id: string, allocations: object[], key: string = newId()): Promise<any> {
    return this.run('applyCreditNote', 'CreditNoteRecorded', 'creditNote', NOTE, {
      id: ['ID!', id],
      allocations: ['[AllocationInput!]!', allocations],
      idempotencyKey: ['ID!', key],
    });
  }
  voidNote(note: any, key: string = newId()): Promise<any> {
    return this.voided('voidCreditNote', 'CreditNoteRecorded', 'creditNote', NOTE, note, key);
  }
  async refund(input: object, key: string = newId()): Promise<any> {
    const answer = await this.client.query<any>(
      `mutation($input: RecordRefundInput!, $key: ID!) { recordRefund(input: $input, idempotencyKey: $key) {
         __typename ... on RefundRecorded { refundId replayed } ${FAILURE} } }`,
      { input: { method: 'CASH', ...input }, key },
    );
    return answer.errors ? { code: answer.errors[0]?.extensions['code'] } : answer.data.recordRefund;
  }
  /** A refund that nobody has voided yet is of version 1. */
  async voidRefund({ refundId }: { refundId: string }, key: string = newId()): Promise<any> {
    const answer = await this.client.query<any>(
      `mutation($id: ID!, $key: ID!) { voidRefund(id: $id, version: 1, reason: "A mistake", idempotencyKey: $key) {
         __typename ... on RefundVoided { refundId replayed } ${FAILURE} } }`,
      { id: refundId, key },
    );
    return answer.errors ? { code: answer.errors[0]?.extensions['code'] } : answer.data.voidRefund;
  }
  async readOrder(id: string): Promise<any> {
    return (await this.client.query<any>(`query($id: ID!) { order(id: $id) { ${ORDER} } }`, { id })).data.order;
  }
  async readInvoice(id: string): Promise<any> {
    return (await this.client.query<any>(`query($id: ID!) { invoice(id: $id) { ${INVOICE} } }`, { id })).data.invoice;
  }
  async balances(customerId: string): Promise<any[]> {
    const answer = await this.client.query<any>(
      `query($id: ID!) { customer(id: $id) { balances { currency balance { amount } overdue { amount } unapplied { amount }
         creditLimit { amount } creditLeft { amount } risk } } }`,
      { id: customerId },
    );
    return answer.data.customer.balances;
  }
}

/** Gives an inventory manager a warehouse; resolves when the manager's own viewer knows it. */
export async function assignWarehouse(owner: TestClient, keeper: TestClient, warehouseId: string): Promise<void> {
  const { userId } = (await keeper.query<any>('{ me { userId } }')).data.me;
  await owner.query(`mutation($u: ID!, $w: [ID!]!) { assignWarehouses(userId: $u, warehouseIds: $w) { __typename } }`, {
    u: userId,
    w: [warehouseId],
  });
  const seen = `query($w: ID!) { stockLevels(first: 1, warehouseId: $w) { nodes { onHand } } }`;
  for (let tries = 0; tries < 500; tries += 1) {
    if ((await keeper.query<any>(seen, { w: warehouseId })).data.stockLevels?.nodes.length > 0) return;
  }
  throw new Error('The manager never saw the warehouse.');
}

export interface SoldProduct {
  id: string;
  /** Free in the primary warehouse. */
  available: number;
}

/** A customer who buys by a list, and products that this list prices and the primary warehouse holds. */
export async function sellable(
  t: TestApp,
  list: string,
  count: number,
): Promise<{ customerId: string; products: SoldProduct[] }> {
  const [customer] = await t.db.sql<any>(
    `select c.id from customers c join price_lists l on l.id = c.price_list_id
     where l.code = $1 and c.active and not exists (select 1 from customer_balances b where b.customer_id = c.id)
     order by c.code limit 1`,
    [list],
  );
  const products = await t.db.sql<any>(
    `select p.id, (s.on_hand - s.reserved)::float8 as available from products p
       join stock_levels s on s.product_id = p.id join warehouses w on w.id = s.warehouse_id and w.is_primary
     where p.active and p.trackable and s.on_hand - s.reserved >= 10
       and exists (select 1 from prices x join price_lists l on l.id = x.price_list_id
         where l.code = $1 and x.product_id = p.id and x.min_quantity <= 1)
     order by p.id limit $2`,
    [list, count],
  );
  return { customerId: customer.id, products };
}

/**
 * Open items less what is unapplied, as they were on each day on which anything moved, in amount and in the base currency,
 * against the journal; and documents that are settled or used leave nothing behind.
 */
function openItems(of: 'customer' | 'vendor'): [string, string][] {
  const { account, sign, documents, sources, allocations } =
    of === 'customer'
      ? {
          account: 1210,
          sign: 1,
          documents: `select id, customer_id as party, currency, issued_on as day, total, coalesce(voided_on, voided_at::date) as gone, balance, settled_on from invoices`,
          sources: `select id, customer_id as party, currency, received_on as day, amount as total, coalesce(voided_on, voided_at::date) as gone, unapplied from payments
            union all select id, customer_id, currency, issued_on, total, coalesce(voided_on, voided_at::date), unapplied from credit_notes`,
          allocations: `select *, invoice_id as document_id, coalesce(payment_id, credit_note_id) as source_id from allocations`,
        }
      : {
          account: 2110,
          sign: -1,
          documents: `select id, vendor_id as party, currency, billed_on as day, total, coalesce(voided_on, voided_at::date) as gone, balance, settled_on from bills`,
          sources: `select id, vendor_id as party, currency, paid_on as day, amount as total, coalesce(voided_on, voided_at::date) as gone, unapplied from payments_made
            union all select id, vendor_id, currency, issued_on, total, coalesce(voided_on, voided_at::date), unapplied from vendor_credits`,
          allocations: `select id, bill_id as document_id, payment_id as source_id, day, currency, amount, source_currency, source_amount, base, source_base from bill_allocations
            union all select id, bill_id, credit_id, day, currency, amount, source_currency, source_amount, base, source_base from vendor_credit_allocations`,
        };
  const ctes = `with documents as materialized (${documents}), sources as materialized (${sources}), al as materialized (${allocations}),
    corrected as materialized (select id, bill_id, corrected_on, amount from bill_corrections where ${of === 'vendor'}),
    posted as materialized (select coalesce(c.bill_id, e.document_id) as document_id, l.currency, e.day, sum(l.amount) as amount, sum(l.base) as base from journal_entries e
      join journal_lines l on l.entry_id = e.id left join corrected c on c.id = e.document_id where l.account = ${account} group by 1, 2, 3),
    refunded as materialized (select r.*, coalesce(r.payment_id, r.credit_note_id) as source_id from refunds r where ${of === 'customer'})`;
  const given = `refunded r join sources s on s.id = r.source_id`;
  return [
    [
      `what a ${of} owed on a day is not open items less what was unapplied`,
      // Amounts come from the documents; base amounts from their entries and from what allocations say they took of them.
      `${ctes}, moves as (
         select party, currency, day, ${sign} * total as amount, 0 as base from documents
         union all select d.party, d.currency, d.day, ${-sign} * c.amount, 0 from documents d join corrected c on c.bill_id = d.id
         union all select d.party, d.currency, c.corrected_on, ${sign} * c.amount, 0 from documents d join corrected c on c.bill_id = d.id
         union all select party, currency, gone, ${-sign} * total, 0 from documents where gone is not null
         union all select party, currency, day, ${-sign} * total, 0 from sources
         union all select party, currency, gone, ${sign} * total, 0 from sources where gone is not null
         union all select d.party, a.currency, a.day, ${-sign} * a.amount, ${-sign} * a.base from al a join documents d on d.id = a.document_id
         union all select d.party, a.source_currency, a.day, ${sign} * a.source_amount, ${sign} * a.source_base from al a join documents d on d.id = a.document_id
         union all select d.party, d.currency, p.day, 0, p.base from documents d join posted p on p.document_id = d.id
         union all select s.party, s.currency, p.day, 0, p.base from sources s join posted p on p.document_id = s.id
         union all select s.party, s.currency, r.refunded_on, r.amount, 0 from ${given}
         union all select s.party, s.currency, r.voided_on, -r.amount, 0 from ${given} where r.voided_at is not null
         union all select s.party, s.currency, p.day, 0, p.base from ${given} join posted p on p.document_id = r.id
       ), days as (
         select party, currency, day, sum(amount) as amount, sum(base) as base from moves group by 1, 2, 3
       ), journal as (
         select l.party_id as party, l.currency, l.day, sum(l.amount) as amount, sum(l.base) as base
         from journal_lines l join journal_entries e on e.id = l.entry_id where l.account = ${account} and e.event <> 'CUSTOMER_MERGE' group by 1, 2, 3
       ), merged as (
         select id from customers where merged_into_id is not null union select merged_into_id from customers where merged_into_id is not null)
       select coalesce(k.party, j.party)::text as id from days k full join journal j on j.party = k.party and j.currency = k.currency and j.day = k.day
       where coalesce(k.party, j.party) not in (select id from merged)
         and (coalesce(k.amount, 0), coalesce(k.base, 0)) <> (coalesce(j.amount, 0), coalesce(j.base, 0))`,
    ],
    [
      `a settled document or a used source of a ${of} carries something in the base currency`,
      `${ctes}, used as (
         select id, sum(base) as base from (
           select d.id, p.base from documents d join posted p on p.document_id = d.id where d.balance = 0
           union all select d.id, ${-sign} * a.base from documents d join al a on a.document_id = d.id where d.balance = 0
           union all select s.id, p.base from sources s join posted p on p.document_id = s.id where s.unapplied = 0
           union all select s.id, ${sign} * a.source_base from sources s join al a on a.source_id = s.id where s.unapplied = 0
           union all select s.id, p.base from ${given} join posted p on p.document_id = r.id where s.unapplied = 0) x group by 1)
       select id::text from used where base <> 0`,
    ],
    [
      `the day on which a document of a ${of} was settled is not that of its allocations`,
      `${ctes}, newest as (select document_id, max(day) as day from al group by 1)
       select d.id::text as id from documents d left join newest n on n.document_id = d.id
       where d.total <> 0 and ((d.settled_on is not null) <> (d.balance = 0)
         or d.gone is null and d.balance = 0 and d.settled_on < n.day)`,
    ],
  ];
}

/** What must hold of a company's books, whatever happened before; answers what does not. */
export async function faultsOfBooks(t: Pick<TestApp, 'db'>): Promise<string[]> {
  const checks: [string, string][] = [
    [
      'a balance is not the sum of its entries',
      `select b.customer_id::text as id from customer_balances b
         left join lateral (select coalesce(sum(e.amount), 0) as n from account_entries e
           where e.customer_id = b.customer_id and e.currency = b.currency) s on true where s.n <> b.balance`,
    ],
    [
      'a balance is not that of the journal',
      `select coalesce(b.customer_id, j.party_id)::text as id from customer_balances b
         full join (select party_id, currency, sum(amount) as n from journal_lines where account = 1210 group by 1, 2) j
           on j.party_id = b.customer_id and j.currency = b.currency where coalesce(b.balance, 0) <> coalesce(j.n, 0)`,
    ],
    [
      'what a vendor is owed is not that of the journal',
      `select coalesce(k.vendor_id, j.party_id)::text as id
         from (select vendor_id, currency, sum(amount) as n from (
             select vendor_id, currency, balance as amount from bills
             union all select vendor_id, currency, -unapplied from payments_made
             union all select vendor_id, currency, -unapplied from vendor_credits) x group by 1, 2) k
           full join (select party_id, currency, -sum(amount) as n from journal_lines where account = 2110 group by 1, 2) j
             on j.party_id = k.vendor_id and j.currency = k.currency where coalesce(k.n, 0) <> coalesce(j.n, 0)`,
    ],
    ...openItems('customer'),
    ...openItems('vendor'),
    [
      'a journal entry does not balance, or has no lines',
      `select e.id::text as id from journal_entries e left join journal_lines l on l.entry_id = e.id
         group by e.id having sum(l.base) is distinct from 0
       union all select entry_id::text from journal_lines group by entry_id, currency having sum(amount) <> 0`,
    ],
    [
      'the stock account is not what the movements say, at some day',
      `with moved as (select day, sum(value) as n from stock_movements where value is not null group by 1),
         posted as (select day, sum(base) as n from journal_lines where account = 1310 group by 1)
       select coalesce(m.day, p.day)::text as id from moved m full join posted p on p.day = m.day where coalesce(m.n, 0) <> coalesce(p.n, 0)`,
    ],
    [
      'what a product is worth is not the sum of its movements, or is worth something while there is none',
      `select c.product_id::text as id from product_costs c left join lateral (
           select coalesce(sum(m.value), 0) as worth, coalesce(sum(m.quantity) filter (where m.type <> 'TRANSFER'), 0) as n
           from stock_movements m where m.product_id = c.product_id) x on true
         where c.opened and (x.worth <> c.value or x.n <> c.quantity or (c.quantity = 0 and c.value <> 0))`,
    ],
    [
      'a cash box does not hold the sum of its lines, or holds too little',
      `select coalesce(k.box_id, j.party_id)::text as id from cash_balances k
         full join (select party_id, currency, sum(amount) as n from journal_lines where account between 1110 and 1150 group by 1, 2) j
           on j.party_id = k.box_id and j.currency = k.currency
         where coalesce(k.balance, 0) <> coalesce(j.n, 0)
       union all select b.id::text from cash_boxes b join cash_balances k on k.box_id = b.id where k.balance < 0 and not b.may_overdraw`,
    ],
    [
      'a balance is not invoices less what payments and credits left',
      `select b.customer_id::text as id from customer_balances b where b.balance <>
         (select coalesce(sum(i.balance), 0) from invoices i where i.customer_id = b.customer_id and i.currency = b.currency)
         - (select coalesce(sum(y.unapplied), 0) from payments y where y.customer_id = b.customer_id and y.currency = b.currency)
         - (select coalesce(sum(n.unapplied), 0) from credit_notes n where n.customer_id = b.customer_id and n.currency = b.currency)`,
    ],
    [
      'an invoice is not settled by its allocations',
      `select i.id::text as id from invoices i left join lateral (
           select coalesce(sum(a.amount) filter (where a.payment_id is not null), 0) as paid,
             coalesce(sum(a.amount) filter (where a.credit_note_id is not null), 0) as credited
           from allocations a where a.invoice_id = i.id) s on true
         where s.paid <> i.paid or s.credited <> i.credited`,
    ],
    [
      'a payment has not applied its allocations',
      `select y.id::text as id from payments y where y.applied <>
         (select coalesce(sum(a.source_amount), 0) from allocations a where a.payment_id = y.id)`,
    ],
    [
      'a credit note has not applied its allocations',
      `select n.id::text as id from credit_notes n where n.applied <>
         (select coalesce(sum(a.source_amount), 0) from allocations a where a.credit_note_id = n.id)`,
    ],
    [
      'an invoice is not the sum of its lines',
      `select i.id::text as id from invoices i where i.total <> i.shipping + i.adjustment +
         (select sum(l.line_total - l.discount_share + l.tax_amount) from invoice_lines l where l.invoice_id = i.id)`,
    ],
    [
      'an order is not the sum of its lines',
      `select o.id::text as id from orders o where o.total <> o.shipping + o.adjustment +
         (select sum(l.line_total - l.discount_share + l.tax_amount) from order_lines l where l.order_id = o.id)`,
    ],
    [
      'a fully billed order is not the sum of its invoices',
      `select o.id::text as id from orders o where not exists (select 1 from order_lines l where l.order_id = o.id and l.invoiced < l.quantity)
         and o.total <> (select coalesce(sum(i.total), 0) from invoices i where i.order_id = o.id and i.voided_at is null)`,
    ],
    [
      'a line is not billed as its invoices say',
      `select l.id::text as id from order_lines l where l.invoiced <> (select coalesce(sum(x.quantity), 0) from invoice_lines x
         join invoices i on i.id = x.invoice_id where x.order_line_id = l.id and i.voided_at is null)`,
    ],
    [
      'stock is not the sum of its movements',
      `select s.product_id::text as id from stock_levels s
         left join lateral (select coalesce(sum(m.quantity), 0) as on_hand, coalesce(sum(m.reserved), 0) as reserved
           from stock_movements m where m.product_id = s.product_id and m.warehouse_id = s.warehouse_id) m on true
         where (s.on_hand, s.reserved) is distinct from (m.on_hand, m.reserved)`,
    ],
    [
      'reservations are not those of confirmed orders',
      `select s.product_id::text as id from stock_levels s
         left join lateral (select coalesce(sum(m.reserved), 0) as n from stock_movements m
           where m.product_id = s.product_id and m.warehouse_id = s.warehouse_id and m.reference_type is distinct from 'order') other on true
         where s.reserved - other.n <> (select coalesce(sum(l.quantity - l.shipped - l.cancelled - l.credited - l.backordered), 0) from order_lines l join orders o on o.id = l.order_id
           where l.product_id = s.product_id and l.stocked and o.warehouse_id = s.warehouse_id and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED'))`,
    ],
    [
      'a kept count is not the counted one',
      ['orders', 'invoices', 'payments', 'credit_notes']
        .map(
          (table) =>
            `select '${table}' as id from (select 1) x where (select count(*) from ${table}) <> (select coalesce(sum(n), 0) from kept_counts where name = '${table}')`,
        )
        .join(' union all '),
    ],
    [
      'an entry of the ledger has no document',
      `select e.id::text from account_entries e where not exists (
         select 1 from (select id from invoices union all select id from payments union all select id from credit_notes
           union all select id from refunds union all select id from allocations) d where d.id = e.document_id)`,
    ],
    [
      'metadata or a sync link names no record',
      `select m.entity_id::text as id from record_metadata m where not exists (
           select 1 from (select 'product' as type, id from products union all select 'customer', id from customers) r
           where r.type = m.entity_type and r.id = m.entity_id)
       union all select l.id::text from sync_links l
         where l.local_id is not null and l.entity_type = 'products' and not exists (select 1 from products p where p.id = l.local_id)`,
    ],
    [
      'a queue item has lost its delivery',
      `select q.id::text from tds_sync_queue q where q.inbox_event_id is not null
         and not exists (select 1 from tds_inbox_events e where e.id = q.inbox_event_id)`,
    ],
    [
      'a line has not shipped what its shipments say',
      `select l.id::text as id from order_lines l join orders o on o.id = l.order_id where o.status <> 'CANCELLED'
         and l.shipped <> (select coalesce(sum(x.quantity), 0) from shipment_lines x join shipments s on s.id = x.shipment_id
           where x.order_line_id = l.id and s.voided_at is null)`,
    ],
    [
      'numbers have gaps',
      `select type as id from document_sequences d where d.last <> (
         (select count(*) from orders where number like d.type || '-%') + (select count(*) from invoices where number like d.type || '-%')
         + (select count(*) from payments where number like d.type || '-%') + (select count(*) from credit_notes where number like d.type || '-%')
         + (select count(*) from refunds where number like d.type || '-%') + (select count(*) from bills where number like d.type || '-%')
         + (select count(*) from payments_made where number like d.type || '-%')
         + (select count(*) from shipments where number like d.type || '-%')
         + (select count(*) from purchase_orders where number like d.type || '-%') + (select count(*) from goods_receipts where number like d.type || '-%')
         + (select count(*) from vendor_credits where number like d.type || '-%') + (select count(*) from stock_counts where number like d.type || '-%')
         + (select count(*) from goods_transfers where number like d.type || '-%')
         + (select count(*) from cash_transfers where number like d.type || '-%') + (select count(*) from expenses where number like d.type || '-%'))`,
    ],
  ];
  const faults: string[] = [];
  for (const [what, text] of checks) {
    const rows = await t.db.sql<{ id: string }>(text);
    if (rows.length > 0) faults.push(`${what}: ${rows.length}, such as ${rows[0]?.id}`);
  }
  return faults;
}
