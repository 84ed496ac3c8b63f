import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { ObjectType } from 'type-graphql';
import * as column from '../documents/columns.entity.js';

/** What stood when the books began: open items of customers and vendors, and balances of accounts, on one day. */
@ObjectType({ description: 'Opening balances that were entered together.' })
@Entity({ tableName: 'opening_batches' })
export class OpeningBatch {
  @column.Id() id!: string;
  @column.BusinessDay() day!: string;
  @column.OptionalText() notes?: string | null;
  @column.Moment({ nullable: true }) voidedAt?: Date | null;
  @column.VoidDay() voidedOn?: string | null;
  @column.OptionalText() voidReason?: string | null;
  @column.Text() createdBy!: string;
  @column.Version() version!: number;
  @column.Moment() createdAt!: Date;
}

export const OPENING_TYPES = ['invoice', 'creditNote', 'bill', 'vendorCredit'] as const;
export type OpeningType = (typeof OPENING_TYPES)[number];

/** An open item of a batch; `id` is that of the document. */
@Entity({ tableName: 'opening_documents' })
@Index({ name: 'opening_documents_batch', properties: ['batch', 'id'] })
@Check({
  name: 'opening_documents_type_check',
  expression: `document_type in ('invoice', 'creditNote', 'bill', 'vendorCredit')`,
})
export class OpeningDocument {
  @PrimaryKey({ type: 'uuid' }) id!: string;
  @column.Party(() => OpeningBatch) batch!: Ref<OpeningBatch>;
  @Property({ type: 'text' }) documentType!: OpeningType;
}
