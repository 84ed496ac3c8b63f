import { type Command, input, linesOf, type Scene, step, voiding } from './dice.js';

const level = (scene: Scene, where = 'true'): Promise<any> =>
  scene.one(
    `select s.product_id, s.warehouse_id, s.on_hand, s.reserved from stock_levels s
     where s.product_id = any ($1) and ${where} order by s.product_id, s.warehouse_id`,
    [scene.cast.products],
  );
const other = (scene: Scene, warehouseId: string): string =>
  scene.company.warehouses.find((id) => id !== warehouseId) as string;
const count = (scene: Scene): Promise<any> =>
  scene.one(
    `select d.*, (select json_agg(l) from stock_count_lines l where l.count_id = d.id) as lines
     from stock_counts d where d.status = 'OPEN' order by d.id desc`,
  );
const transfer = (scene: Scene): Promise<any> =>
  scene.one(
    `select d.*, ${linesOf('goods_transfer_lines', 'transfer_id')} from goods_transfers d where d.status = 'SENT'
       and exists (select 1 from goods_transfer_lines l where l.transfer_id = d.id and l.product_id = any ($1)) order by d.id desc`,
    [scene.cast.products],
  );
const onTheWay = (scene: Scene, found: any): Record<string, unknown> => {
  const line = found && scene.of<any>(found.lines);
  return !found || scene.coin(1)
    ? {}
    : { lines: [{ lineId: line.id, quantity: scene.pieces(line.quantity - line.received - line.lost) }] };
};

export const GOODS: readonly Command[] = [
  {
    name: 'adjust stock',
    weight: 3,
    before: 'enter a bill',
    make: async (scene) => {
      const found = await level(scene);
      if (!found) return null;
      const quantity = String(Math.max(0, Number(found.on_hand) + scene.number(20) - 8));
      const cost = scene.coin(1) ? { unitCost: String(scene.number(2000) / 100) } : {};
      const key = { productId: found.product_id, warehouseId: found.warehouse_id, expectedQuantity: found.on_hand };
      return input('adjustStock', { ...key, ...cost, quantity, opening: scene.coin(4), reason: 'Shelf' });
    },
  },
  {
    name: 'transfer stock',
    weight: 2,
    before: 'adjust stock',
    make: async (scene) => {
      const found = await level(scene, 's.on_hand > s.reserved');
      if (!found) return null;
      const lines = [{ productId: found.product_id, quantity: scene.pieces((found.on_hand - found.reserved) / 2) }];
      const from = found.warehouse_id;
      return input('transferStock', {
        fromWarehouseId: from,
        toWarehouseId: other(scene, from),
        lines,
        reason: 'Refill',
      });
    },
  },
  {
    name: 'start a count',
    weight: 2,
    make: (scene) =>
      input('startStockCount', {
        ...{
          warehouseId: scene.of(scene.company.warehouses),
          productIds: scene.cast.products.slice(0, 3),
          reason: 'Month',
        },
      }),
  },
  {
    name: 'count',
    weight: 3,
    before: 'start a count',
    make: async (scene) => {
      const found = await count(scene);
      if (!found) return null;
      const line = scene.of<any>(found.lines);
      const quantity = String(Math.max(0, Number(line.expected) + scene.number(5) - 3));
      return { mutation: 'enterStockCount', args: { id: found.id, lines: [{ productId: line.product_id, quantity }] } };
    },
  },
  {
    name: 'post a count',
    weight: 2,
    before: 'start a count',
    make: async (scene) => step('postStockCount', await count(scene)),
  },
  {
    name: 'give a count up',
    weight: 1,
    before: 'start a count',
    make: async (scene) => step('cancelStockCount', await count(scene)),
  },
  {
    name: 'send goods',
    weight: 3,
    before: 'adjust stock',
    make: async (scene) => {
      const found = await level(scene, 's.on_hand > s.reserved');
      if (!found) return null;
      const lines = [{ productId: found.product_id, quantity: scene.pieces((found.on_hand - found.reserved) / 2) }];
      const from = found.warehouse_id;
      return input('sendGoods', { fromWarehouseId: from, toWarehouseId: other(scene, from), lines, reason: 'Refill' });
    },
  },
  {
    name: 'receive goods',
    weight: 3,
    before: 'send goods',
    make: async (scene) => {
      const found = await transfer(scene);
      return step('receiveGoods', found, onTheWay(scene, found));
    },
  },
  {
    name: 'lose goods',
    weight: 1,
    before: 'send goods',
    make: async (scene) => {
      const found = await transfer(scene);
      const lost = voiding('loseGoods', found);
      return lost && { ...lost, args: { ...lost.args, ...onTheWay(scene, found) } };
    },
  },
];
