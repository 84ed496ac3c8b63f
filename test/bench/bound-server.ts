import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { WebSocketServer } from 'ws';

/**
 * What the machine can do at best: node:http in front of one hand-written statement, the webhook as two inserts in a
 * transaction, and a raw broadcast. No rights, no limits, no schema.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 12 });
const SECRET = process.env['WEBHOOK_SECRET'] ?? '';

const STATEMENTS: Record<string, string> = {
  list: `select json_build_object('data', json_build_object('products', json_build_object('nodes', coalesce(json_agg(json_build_object(
      'id', p.id, 'name', p.name, 'sku', p.sku, 'basePrice', json_build_object('amount', trim_scale(p.base_price_usd)::text, 'currency', 'USD'))), '[]'))))::text as body
    from (select * from products order by name collate "C", id limit 50) p`,
  nested: `select json_build_object('data', json_build_object('products', json_build_object('nodes', coalesce(json_agg(json_build_object(
      'id', p.id, 'name', p.name,
      'category', (select json_build_object('name', c.name) from categories c where c.id = p.category_id),
      'stock', (select json_build_object('onHand', trim_scale(sum(s.on_hand))::text) from stock_levels s where s.product_id = p.id),
      'sync', (select json_build_object('state', l.state, 'syncedAt', l.synced_at) from sync_links l where l.entity_type = 'products' and l.external_ref = p.external_ref))), '[]'))))::text as body
    from (select * from products order by name collate "C", id limit 50) p`,
  Q1: `select json_build_object('data', json_build_object('products', json_build_object('nodes', coalesce(json_agg(json_build_object(
      'id', p.id, 'name', p.name,
      'price', (select json_build_object('amount', trim_scale(t.amount)::text, 'currency', l.currency) from price_lists l join prices t on t.price_list_id = l.id
        where l.code = 'wholesale_a' and l.active and t.product_id = p.id and t.min_quantity <= 1 and t.effective_from <= current_date
        order by t.min_quantity desc, t.effective_from desc limit 1),
      'stockLevels', coalesce((select json_agg(json_build_object('onHand', trim_scale(s.on_hand)::text, 'available', trim_scale(s.on_hand - s.reserved)::text,
        'warehouse', (select json_build_object('code', w.code) from warehouses w where w.id = s.warehouse_id)) order by s.warehouse_id)
        from stock_levels s where s.product_id = p.id), '[]'))), '[]'))))::text as body
    from (select * from products order by name collate "C", id limit 50) p`,
  master: `select json_build_object('data', json_build_object('customer', json_build_object('id', c.id, 'code', c.code, 'name', c.name,
      'creditLimit', json_build_object('amount', trim_scale(c.credit_limit)::text, 'currency', c.currency),
      'priceList', (select json_build_object('code', l.code) from price_lists l where l.id = c.price_list_id),
      'salesperson', (select json_build_object('name', u.name) from users u where u.id = c.salesperson_id),
      'addresses', coalesce((select json_agg(json_build_object('label', a.label, 'city', a.city)) from customer_addresses a where a.customer_id = c.id), '[]'),
      'contacts', coalesce((select json_agg(json_build_object('name', k.name)) from customer_contacts k where k.customer_id = c.id), '[]'))))::text as body
    from customers c where c.code = 'B00001'`,
  Q2: `select json_build_object('data', json_build_object('orders', json_build_object('nodes', coalesce(json_agg(json_build_object(
      'id', o.id, 'number', o.number, 'total', json_build_object('amount', trim_scale(o.total)::text, 'currency', o.currency),
      'customer', (select json_build_object('name', c.name) from customers c where c.id = o.customer_id),
      'lines', coalesce((select json_agg(json_build_object('quantity', trim_scale(l.quantity)::text,
          'lineTotal', json_build_object('amount', trim_scale(l.line_total)::text),
          'product', (select json_build_object('id', p.id, 'name', p.name) from products p where p.id = l.product_id)) order by l.position)
        from order_lines l where l.order_id = o.id), '[]')) order by o.created_at desc, o.id desc), '[]'))))::text as body
    from (select * from orders order by created_at desc, id desc limit 20) o`,
  Q3: `select json_build_object('data', json_build_object('customer', json_build_object('id', c.id, 'code', c.code, 'name', c.name,
      'creditLimit', json_build_object('amount', trim_scale(c.credit_limit)::text, 'currency', c.currency),
      'orders', coalesce((select json_agg(json_build_object('id', o.id, 'number', o.number, 'status', o.status,
          'total', json_build_object('amount', trim_scale(o.total)::text)) order by o.created_at desc, o.id desc)
        from (select * from orders x where x.customer_id = c.id order by x.created_at desc, x.id desc limit 10) o), '[]'),
      'balances', coalesce((select json_agg(json_build_object('currency', b.currency, 'balance', json_build_object('amount', trim_scale(b.balance)::text)))
        from customer_balances b where b.customer_id = c.id), '[]'))))::text as body
    from customers c where c.code = 'G000001'`,
  Q5: `select json_build_object('data', json_build_object('orders', json_build_object('totalCount', (select sum(n) from kept_counts where name = 'orders'),
      'nodes', coalesce(json_agg(json_build_object('id', o.id, 'number', o.number, 'total', json_build_object('amount', trim_scale(o.total)::text))), '[]'))))::text as body
    from (select * from orders where (created_at, id) < (select created_at, id from bound_middle) order by created_at desc, id desc limit 20) o`,
  search: `select json_build_object('data', json_build_object('products', json_build_object('nodes', coalesce(json_agg(json_build_object(
      'id', p.id, 'name', p.name)), '[]'))))::text as body
    from (select * from products where id = any (array(select id from products where search_text like '%كابل%')) order by name collate "C", id limit 20) p`,
  deep: `select json_build_object('data', json_build_object('products', json_build_object('nodes', coalesce(json_agg(json_build_object(
      'id', p.id, 'name', p.name)), '[]'))))::text as body
    from (select * from products where (name collate "C", id) > ((select name from products order by name collate "C", id offset 2000 limit 1),
      '00000000-0000-0000-0000-000000000000') order by name collate "C", id limit 20) p`,
};

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

await pool.query(
  `create table if not exists bound_inbox (id bigint generated always as identity primary key, key text unique, body bytea, received_at timestamptz default now())`,
);
await pool.query(
  `create table if not exists bound_queue (id bigint generated always as identity primary key, inbox_id bigint, status text default 'pending', queued_at timestamptz default now())`,
);

const server = createServer((request, response) => {
  void (async () => {
    const name = (request.url ?? '').slice(1);
    if (name === 'webhook') {
      const body = await bodyOf(request);
      const digest = createHmac('sha256', SECRET).update(body).digest('hex');
      if (digest !== request.headers['x-zoho-webhook-signature']) {
        response.writeHead(401).end();
        return;
      }
      const client = await pool.connect();
      await client.query('begin');
      const { rows } = await client.query<{ id: string }>({
        name: 'i',
        text: 'insert into bound_inbox (key, body) values ($1, $2) returning id',
        values: [digest, body],
      });
      await client.query({ name: 'q', text: 'insert into bound_queue (inbox_id) values ($1)', values: [rows[0]?.id] });
      await client.query('commit');
      client.release();
      response
        .writeHead(202, { 'content-type': 'application/json', 'content-length': 21 })
        .end('{"status":"accepted"}');
      return;
    }
    await bodyOf(request);
    const text = STATEMENTS[name];
    if (!text) {
      response.writeHead(404).end();
      return;
    }
    const { rows } = await pool.query<{ body: string }>({ name, text });
    const body = rows[0]?.body ?? '';
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  })().catch(() => response.destroy());
});

const sockets = new WebSocketServer({ server, perMessageDeflate: false });
process.on('message', (message: { broadcast: string; times: number }) => {
  for (let index = 0; index < message.times; index += 1) {
    const frame = message.broadcast.replace('SEQ', String(index));
    for (const socket of sockets.clients) socket.send(frame);
  }
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
