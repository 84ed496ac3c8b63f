import { ref } from '@mikro-orm/core';
import { now } from '../kernel/clock.js';
import { badInput, staleVersion } from '../kernel/errors.js';
import { assertAll, mapAll } from '../kernel/faults.js';
import { newId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { assertOwned, type Phase } from '../kernel/ownership.js';
import { defineCommand } from '../platform/command.js';
import type { Tx } from '../platform/db/transact.js';
import { CustomerAddress, CustomerContact, customerOwners } from './customer.entity.js';
import { customerChanged } from './customer.events.js';
import { lockCustomer, lookedAfterBy } from './customer.service.js';

export interface AddressInput {
  label: string;
  line: string;
  city: string;
  governorate?: string | null | undefined;
  phone?: string | null | undefined;
  instructions?: string | null | undefined;
  isDefault?: boolean | undefined;
}

export interface ContactInput {
  name: string;
  position?: string | null | undefined;
  phone?: string | null | undefined;
  email?: string | null | undefined;
}

const MAX_ROWS = 50;
const MAX_TEXT = 200;

/** Each row of a list under its path, `addresses.2.city`; `required` are the texts that may not be empty. */
function assertRows(list: string, rows: readonly object[], required: readonly string[]): void {
  if (rows.length > MAX_ROWS) throw badInput(list, msg`At most ${MAX_ROWS} of each.`);
  mapAll(rows, (row, index) => {
    mapAll(Object.entries(row), ([field, value]: [string, unknown]) => {
      const path = `${list}.${index}.${field}`;
      if (typeof value !== 'string') return;
      if (required.includes(field) && value.trim() === '') throw badInput(path, msg`It is empty.`);
      if (value.length > MAX_TEXT) throw badInput(path, msg`At most ${MAX_TEXT} characters.`);
    });
  });
}

function assertOneDefault(addresses: readonly AddressInput[]): void {
  const chosen = addresses.flatMap(({ isDefault }, index) => (isDefault ? index : []));
  if (chosen.length > 1) {
    throw badInput(`addresses.${chosen[1]}.isDefault`, msg`One address is the default one.`);
  }
}

/** Replaces a customer's addresses and contacts, those that are given. */
export const replaceCustomerDetails = defineCommand(
  ['NOT_FOUND', 'BAD_INPUT', 'STALE_VERSION', 'FIELD_OWNED_ELSEWHERE'],
  async (
    tx: Tx,
    input: {
      id: string;
      version: number;
      addresses?: readonly AddressInput[] | undefined;
      contacts?: readonly ContactInput[] | undefined;
    },
    phase: Phase,
  ): Promise<void> => {
    const customer = await lockCustomer(tx, input.id, 'id');
    const { addresses, contacts } = input;
    assertAll(
      () => assertRows('addresses', addresses ?? [], ['label', 'line', 'city']),
      () => assertRows('contacts', contacts ?? [], ['name']),
      () => assertOneDefault(addresses ?? []),
    );
    if (customer.version !== input.version) throw staleVersion(customer.version);
    const given = [...(addresses ? ['addresses'] : []), ...(contacts ? ['contacts'] : [])];
    if (customer.externalRef) assertOwned(customerOwners, given, phase);
    if (addresses) {
      for (const old of await tx.em.find(CustomerAddress, { customer: customer.id })) tx.em.remove(old);
      for (const one of addresses) {
        const isDefault = one.isDefault ?? false;
        tx.em.create(CustomerAddress, { ...one, isDefault, id: newId(), customer: ref(customer) });
      }
    }
    if (contacts) {
      for (const old of await tx.em.find(CustomerContact, { customer: customer.id })) tx.em.remove(old);
      for (const one of contacts) tx.em.create(CustomerContact, { ...one, id: newId(), customer: ref(customer) });
    }
    customer.updatedAt = now();
    const salespersonIds = lookedAfterBy(customer.salesperson?.id);
    tx.emit(customerChanged(customer.id, { change: 'updated', salespersonIds }));
  },
);
