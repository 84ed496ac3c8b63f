import { Ctx, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { MoneyField } from '../platform/graphql/scalars.js';
import type { RowOf } from '../platform/read/definition.js';
import { Vendor } from '../vendors/vendor.entity.js';
import { vendorById, type vendorRead } from '../vendors/vendor.queries.js';
import { listPayablesAges } from './purchasing.queries.js';

@ObjectType({
  description:
    'What a vendor is owed in one currency by how long it is overdue. The parts sum to what the journal says.',
})
export class PayablesAge {
  @MoneyField({ description: 'Not yet due.' })
  current!: string;

  @MoneyField({ description: '1 to 30 days overdue.' })
  days30!: string;

  @MoneyField({ description: '31 to 60 days overdue.' })
  days60!: string;

  @MoneyField({ description: '61 to 90 days overdue.' })
  days90!: string;

  @MoneyField({ description: 'More than 90 days overdue.' })
  older!: string;

  @MoneyField({ description: 'Payments and credits that wait to be applied; not above 0.' })
  unapplied!: string;

  @MoneyField()
  total!: string;

  vendorId!: string;
  currency!: string;
}

@Resolver(() => PayablesAge)
export class PayablesResolver {
  @Query(() => [PayablesAge], { description: 'What the company owes as of today, by vendor and currency.' })
  payablesAgeing(@Ctx() context: Context): Promise<PayablesAge[]> {
    return listPayablesAges(context);
  }

  @FieldResolver(() => Vendor, { nullable: true })
  vendor(@Root() row: PayablesAge, @Ctx() context: Context): Promise<RowOf<typeof vendorRead> | null> {
    return context.load(vendorById, row.vendorId);
  }
}
