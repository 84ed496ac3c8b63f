import type { DeliveryShape } from '../inbox/delivery.js';

/** Which entities take webhooks, under their stored entity_type, and how their bodies name object and id. */
const SHAPES: Record<string, DeliveryShape> = {
  products: { objectKeys: ['item'], idKeys: ['item_id'] },
};

export function shapeOfEntity(entityType: string): DeliveryShape | null {
  return Object.hasOwn(SHAPES, entityType) ? (SHAPES[entityType] ?? null) : null;
}
