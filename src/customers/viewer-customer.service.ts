import { ref } from '@mikro-orm/core';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { rowScopeOf, can, type Viewer } from '../kernel/viewer.js';
import { PriceList } from '../catalog/price-list.entity.js';
import { CONSUMER_LIST } from '../catalog/price.queries.js';
import { userChanged } from '../identity/identity.events.js';
import { User } from '../identity/user.entity.js';
import type { Tx } from '../platform/db/transact.js';
import { Customer, CustomerUser } from './customer.entity.js';
import { createCustomer } from './customer.service.js';
import { msg } from '../kernel/message.js';

/** A customer among those that the viewer sees, by the rule of customerScope; null otherwise. */
export async function findOwnCustomer(tx: Tx, viewer: Viewer, id: string): Promise<Customer | null> {
  const found = isId(id) ? await tx.em.findOne(Customer, id) : null;
  if (!found || can(viewer, 'customers:all')) return found;
  if (viewer.kind !== 'user') return null;
  const linked = rowScopeOf(viewer).customerId ?? (await linkOf(tx, viewer.userId));
  if (linked !== null) return linked === id ? found : null;
  return found.salesperson?.id === viewer.userId ? found : null;
}

const linkOf = async (tx: Tx, userId: string): Promise<string | null> =>
  (await tx.em.findOne(CustomerUser, { userId }))?.customer.id ?? null;

/**
 * The customer that a client or consumer is. A consumer who never ordered becomes one now, in IQD and by the consumer
 * list; two first orders at once make one. Throws BAD_INPUT for staff, who have to name a customer.
 */
export async function ensureViewerCustomer(tx: Tx, viewer: Viewer): Promise<Customer> {
  const staff = viewer.kind !== 'user' || can(viewer, 'catalog:all');
  const linked = staff ? null : await linkOf(tx, viewer.userId);
  if (linked !== null) return tx.em.findOneOrFail(Customer, linked);
  if (staff || can(viewer, 'customers:read')) throw badInput('customerId', msg`Choose a customer.`);
  const user = await tx.em.findOneOrFail(User, viewer.userId);
  const list = await tx.em.findOneOrFail(PriceList, { code: CONSUMER_LIST });
  const { id } = await createCustomer(tx, {
    name: user.name,
    email: user.email,
    currency: 'IQD',
    priceListId: list.id,
  });
  await tx.em.flush();
  const customer = await tx.em.findOneOrFail(Customer, id);
  tx.em.create(CustomerUser, { userId: user.id, customer: ref(customer) });
  await tx.em.flush();
  tx.emit(userChanged(user.id, {}));
  return customer;
}

const WALK_IN = 'WALK-IN';

/** Whoever buys over the counter without a name: one customer, in IQD and by the consumer list, made when it is missing. */
export async function ensureWalkInCustomer(tx: Tx): Promise<Customer> {
  const known = await tx.em.findOne(Customer, { code: WALK_IN });
  if (known) return known;
  const list = await tx.em.findOneOrFail(PriceList, { code: CONSUMER_LIST });
  const { id } = await createCustomer(tx, {
    code: WALK_IN,
    name: 'Walk-in',
    nameAr: 'زبون نقدي',
    currency: 'IQD',
    priceListId: list.id,
  });
  await tx.em.flush();
  return tx.em.findOneOrFail(Customer, id);
}
