import type { SimulatedRecord } from '../records.js';
import type { Body, Product } from '../resource.js';
import type { Input } from './input.js';

/** How a write came in. */
export interface WriteContext {
  product: Product;
  /** `ignore_auto_number_generation=true`: the number is the caller's. */
  ownNumber: boolean;
}

export interface Action<One> {
  message: string;
  /** Answers the record as well; a status answers only its message. */
  answersRecord?: boolean;
  act(record: One, input: Input, context: WriteContext): void;
}

/** A part of a record with rows of its own: `refunds` of a credit note. */
export interface Part<One> {
  /** The key of its rows, and of one of them. */
  list: string;
  object: string;
  created: string;
  deleted: string;
  rows(record: One): Body[];
  /** Answers what the answer holds beside its message. */
  add(record: One, input: Input): Body;
  remove(record: One, rowId: string): void;
}

/** What can be done to the records of a module by calls. */
export interface Writes<One extends SimulatedRecord = SimulatedRecord> {
  created: string;
  updated: string;
  deleted: string;
  create?(input: Input, context: WriteContext): One;
  update?(record: One, input: Input, context: WriteContext): void;
  remove?(record: One): void;
  /** By the rest of the path: `status/void`, `active`. */
  actions?: Readonly<Record<string, Action<One>>>;
  parts?: Readonly<Record<string, Part<One>>>;
  /** A module of Books that can be written by a unique custom field. */
  upserts?: { customFields(record: One): Readonly<Record<string, string>> };
}
