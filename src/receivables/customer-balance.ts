import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { MoneyField } from '../platform/graphql/scalars.js';

export const Risk = { NONE: 'NONE', LOW: 'LOW', MEDIUM: 'MEDIUM', HIGH: 'HIGH' } as const;
registerEnumType(Risk, {
  name: 'CreditRisk',
  description: 'Overdue: HIGH. Above 80 % of the limit, or owing without one: MEDIUM. Above 50 %: LOW.',
});

@ObjectType({ description: 'What a customer owes in one currency. Currencies are never added together.' })
export class CustomerBalance {
  @Field(() => String)
  currency!: string;

  @MoneyField({ description: 'Invoices less payments and credit notes; negative: the company owes.' })
  balance!: string;

  @MoneyField({ description: 'What was due before today and is not settled.' })
  overdue!: string;

  @MoneyField({ description: 'Paid or credited, and not applied to an invoice yet.' })
  unapplied!: string;

  @MoneyField({ description: '0 in a currency other than the agreed one.' })
  creditLimit!: string;

  @MoneyField({
    description:
      'The limit less what is owed in every currency and what is ordered and not billed: what confirming uses. 0 in other currencies.',
  })
  creditLeft!: string;

  @Field(() => Risk)
  risk!: string;
}
