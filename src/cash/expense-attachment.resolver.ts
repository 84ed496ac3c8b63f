import { Arg, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { signLink } from '../platform/signed-link.js';
import { ExpenseAttachment } from './expense-attachment.entity.js';
import { removeExpenseAttachment } from './expense-attachment.service.js';
import { Expense } from './expense.entity.js';

@ObjectType({ description: 'An attachment that is taken off its expense.' })
export class ExpenseAttachmentRemoved {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  expenseId!: string;
}

const removeResult = defineResult(
  'RemoveExpenseAttachmentResult',
  { type: ExpenseAttachmentRemoved, name: 'ExpenseAttachmentRemoved' },
  removeExpenseAttachment.fails,
);

@Resolver(() => ExpenseAttachment)
export class ExpenseAttachmentResolver {
  @FieldResolver(() => String, { description: 'A link that is good for a day without a token.' })
  url(@Root() { id }: ExpenseAttachment, @Ctx() context: Context): string {
    return signLink(context.services.config.jwtSecret, `/files/${id}`);
  }

  @Mutation(() => removeResult.type, {
    description:
      'Takes an attachment off an expense that is not approved. Upload: POST /api/expenses/:id/attachments with the bytes.',
  })
  removeExpenseAttachment(@Ctx() context: Context, @Arg('id', () => ID) id: string): Promise<object> {
    return removeResult.run(context, async () => ({
      id,
      expenseId: await context.transact((tx) => removeExpenseAttachment(tx, context.viewer, id)),
    }));
  }
}

@Resolver(() => Expense)
export class ExpenseAttachmentsResolver {
  @FieldResolver(() => [ExpenseAttachment], { description: 'What proves it, the oldest first.' })
  attachments(@Root() expense: { attachments?: ExpenseAttachment[] }): ExpenseAttachment[] {
    return expense.attachments ?? [];
  }
}
