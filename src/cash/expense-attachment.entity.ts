import type { Ref } from '@mikro-orm/core';
import { Check, Entity, Index, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType } from 'type-graphql';
import * as column from '../documents/columns.entity.js';
import { Expense } from './expense.entity.js';

export const ATTACHMENT_TYPES = ['image/webp', 'application/pdf'] as const;
export type AttachmentType = (typeof ATTACHMENT_TYPES)[number];

@ObjectType({ description: 'A file that proves an expense: an image, or a PDF.' })
@Entity({ tableName: 'expense_attachments' })
@Unique({ name: 'expense_attachments_file_unique', properties: ['expense', 'fileHash'] })
@Check({
  name: 'expense_attachments_type_check',
  expression: `media_type in ('image/webp', 'application/pdf')`,
})
export class ExpenseAttachment {
  @column.Id() id!: string;
  @column.Party(() => Expense) expense!: Ref<Expense>;
  @column.OptionalText('As whoever uploaded it called it.') fileName?: string | null;

  @Field(() => String, { description: 'image/webp, which every uploaded image becomes, or application/pdf.' })
  @Property({ type: 'text' })
  mediaType!: AttachmentType;

  /** The hash of the bytes that were uploaded, under which the file lies. */
  @Index({ name: 'expense_attachments_hash' })
  @Property({ type: 'text' })
  fileHash!: string;

  @Field(() => Int, { description: 'Of the file as it is served.' })
  @Property({ type: 'integer' })
  bytes!: number;

  @column.Text() createdBy!: string;
  @column.Moment() createdAt!: Date;
}
