import { Arg, Ctx, Field, ID, Int, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { msg } from '../kernel/message.js';
import { Decimal } from '../kernel/money.js';
import { PaymentMethodEnum, type PaymentMethod } from '../organisation/payment-method.entity.js';
import type { Context } from '../platform/graphql/context.js';
import { DateTime, Money } from '../platform/graphql/scalars.js';
import {
  countShiftSales,
  findReportedSession,
  listShiftCash,
  listShiftCounts,
  listShiftMethods,
} from './till-report.queries.js';

const REPORT_KINDS = { X: 'X', Z: 'Z' } as const;
registerEnumType(REPORT_KINDS, { name: 'TillReportKind', description: 'X: of an open shift. Z: of a closed one.' });

@ObjectType({ description: 'What moved the drawer, by what happened, in one currency.' })
export class TillReportCash {
  @Field(() => String, { description: 'Such as PAYMENT, REFUND, TILL_PAY_IN, TILL_PAY_OUT or TILL_CLOSING.' })
  event!: string;

  @Field(() => Money, { description: 'Into the drawer; below 0: out of it.' })
  amount!: Money;

  @Field(() => Int)
  entries!: number;
}

@ObjectType({ description: 'What was received and given back by one method, in the currency of the documents.' })
export class TillReportMethod {
  @Field(() => PaymentMethodEnum)
  method!: PaymentMethod;

  @Field(() => Money)
  received!: Money;

  @Field(() => Money)
  refunded!: Money;

  @Field(() => Int)
  payments!: number;
}

@ObjectType({ description: 'The drawer in one currency.' })
export class TillReportCount {
  @Field(() => Money)
  opening!: Money;

  @Field(() => Money, { description: 'What should be there.' })
  expected!: Money;

  @Field(() => Money, { nullable: true, description: 'What was counted when it was closed.' })
  counted!: Money | null;

  @Field(() => Money, { nullable: true, description: 'Counted less expected; below 0 money is missing.' })
  difference!: Money | null;
}

@ObjectType({ description: 'What happened at a till in a shift.' })
export class TillReport {
  @Field(() => REPORT_KINDS)
  kind!: 'X' | 'Z';

  @Field(() => ID)
  sessionId!: string;

  @Field(() => ID)
  userId!: string;

  @Field(() => ID)
  warehouseId!: string;

  @Field(() => DateTime)
  openedAt!: Date;

  @Field(() => DateTime, { nullable: true })
  closedAt!: Date | null;

  @Field(() => Int, { description: 'Invoices that were paid here.' })
  sales!: number;

  @Field(() => Int, { description: 'Returns for which money was given back here.' })
  returns!: number;

  @Field(() => [TillReportCount])
  counts!: TillReportCount[];

  @Field(() => [TillReportCash])
  cash!: TillReportCash[];

  @Field(() => [TillReportMethod])
  methods!: TillReportMethod[];
}

@Resolver()
export class TillReportResolver {
  @Query(() => TillReport, {
    nullable: true,
    description:
      'The X report of an open shift, or the Z report of a closed one. Null: there is none that one may see.',
  })
  async tillReport(@Ctx() context: Context, @Arg('sessionId', () => ID) sessionId: string): Promise<TillReport | null> {
    if (!isId(sessionId)) throw badInput('sessionId', msg`Not a valid id.`);
    const session = await findReportedSession(context, sessionId);
    if (!session) return null;
    const [counts, cash, methods, { invoices, returns }] = await Promise.all([
      listShiftCounts(context, session),
      session.boxId === null ? [] : listShiftCash(context, session),
      listShiftMethods(context, session.id),
      countShiftSales(context, session.id),
    ]);
    const { userId, warehouseId, openedAt, closedAt } = session;
    const kind = closedAt === null ? 'X' : 'Z';
    const shift = { kind, sessionId: session.id, userId, warehouseId, openedAt, closedAt } as const;
    return {
      ...shift,
      sales: invoices,
      returns,
      counts: counts.map(({ currency, opening, expected, counted }) => {
        const money = (amount: string): Money => ({ amount, currency });
        const difference = counted === null ? null : new Decimal(counted).minus(expected).toFixed();
        return {
          opening: money(opening),
          expected: money(expected),
          counted: counted === null ? null : money(counted),
          difference: difference === null ? null : money(difference),
        };
      }),
      cash: cash.map(({ event, currency, amount, entries }) => ({ event, amount: { amount, currency }, entries })),
      methods: methods.map(({ method, currency, received, refunded, payments }) => ({
        method: method as PaymentMethod,
        received: { amount: received, currency },
        refunded: { amount: refunded, currency },
        payments,
      })),
    };
  }
}
