import { Field, ID, ObjectType } from 'type-graphql';
import { Payment } from '../billing/payment.entity.js';
import { readDocument } from '../documents/document.queries.js';
import { defineRecorded } from '../documents/recorded.entity.js';
import { paymentRead } from './payment.queries.js';

/** The till answers with payments and void refunds too. */
export const recordedPayment = defineRecorded<Payment>({
  field: 'payment',
  noun: 'Payment',
  type: Payment,
  read: (context, id, info) => readDocument(context, paymentRead, id, info, 'payment'),
});

@ObjectType({ description: 'A refund that is void, and whether the key had been used before.' })
export class RefundVoided {
  @Field(() => ID)
  refundId!: string;

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was voided again.' })
  replayed!: boolean;
}
