import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { AppError, badInput } from '../kernel/errors.js';
import { Decimal, type Currency } from '../kernel/money.js';
import { isId } from '../kernel/ids.js';
import type { Context } from '../platform/graphql/context.js';
import { connectionOf, PageArgs, type Page } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { equals } from '../platform/read/sql.js';
import { BusinessDate, DecimalText, Money } from '../platform/graphql/scalars.js';
import { refuseOnce } from '../platform/graphql/field-rights.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { currentPhase } from '../platform/settings.js';
import { priceChangeRead } from './price-change.queries.js';
import { PriceChange } from './price-list.entity.js';
import { tierFor, unitPrice } from './price-resolution.js';
import { canSeeList, priceInList, tiersByProduct, type RawPrice } from './price.queries.js';
import { PriceChangeFilter, PriceChangeSort } from './price.inputs.js';
import { ProductPrice } from './product-price.js';
import { setPrices } from './price.service.js';
import { Product } from './product.entity.js';
import { msg } from '../kernel/message.js';

/** A row as the statements read it; `priceByList` holds the lists that the document names. */
interface PricedRow {
  id: string;
  price?: Money | null;
  priceByList?: Record<string, Money | null>;
}

const hiddenList = (): AppError =>
  new AppError('FORBIDDEN', msg`You need the permission prices:all to read prices of other lists.`, {
    field: 'Product.price.priceList',
  });

const money = (raw: RawPrice | null | undefined): Money | null =>
  raw ? { amount: unitPrice(raw, raw.currency as Currency), currency: raw.currency } : null;

@ObjectType({ description: 'How many prices changed, and whether the key had been used before.' })
export class PricesWritten {
  @Field(() => Int)
  changed!: number;

  @Field(() => Boolean)
  replayed!: boolean;
}

@InputType()
export class PriceInput {
  @Field(() => ID)
  productId!: string;

  @Field(() => DecimalText, {
    nullable: true,
    description: 'Null takes the price away: the period that begins on effectiveFrom, or without it all of the tier.',
  })
  amount!: string | null;

  @Field(() => String, { description: "The list's; another one refuses, so that no dollar is taken for a dinar." })
  currency!: string;

  @Field(() => DecimalText, { nullable: true, description: 'From this quantity on; 1 if nothing is said.' })
  minQuantity?: string | null;

  @Field(() => DecimalText, { nullable: true })
  discountPercent?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  effectiveFrom?: string | null;

  @Field(() => BusinessDate, { nullable: true })
  effectiveTo?: string | null;
}

const PriceChangeConnection = connectionOf(PriceChange, 'PriceChange');
const setResult = defineResult('SetPricesResult', { type: PricesWritten, name: 'PricesWritten' }, setPrices.fails);

type PriceChangeRow = RowOf<typeof priceChangeRead>;

@Resolver(() => PriceChange)
export class PriceChangeResolver {
  @Query(() => PriceChangeConnection, { description: 'Prices that were set, changed or taken away, newest first.' })
  priceHistory(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('productId', () => ID, { nullable: true }) productId: string | null,
    @Arg('filter', () => PriceChangeFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => PriceChangeSort, { defaultValue: PriceChangeSort.AT_DESC })
    orderBy: keyof typeof PriceChangeSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<PriceChangeRow>> {
    if (productId != null && !isId(productId)) throw badInput('productId', msg`Not a valid id.`);
    return readPage(context, priceChangeRead, {
      args,
      info,
      sort: sortNamed<PriceChange>(PriceChangeSort, orderBy),
      where: [
        productId == null ? null : (change) => equals(change.productId, productId, 'uuid'),
        filtered(PriceChangeFilter, filter),
      ],
    });
  }

  @Mutation(() => setResult.type, {
    description: 'Up to 500 prices of one list, all or none; equal ones are no change.',
  })
  setPrices(
    @Ctx() context: Context,
    @Arg('priceListId', () => ID) priceListId: string,
    @Arg('prices', () => [PriceInput]) prices: PriceInput[],
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    return setResult.run(context, async () => {
      const given = prices.map((price) => ({ ...price, amount: price.amount ?? null }));
      const { answer: set, replayed } = await context.transact(async (tx) =>
        setPrices(tx, { priceListId, prices: given, idempotencyKey }, await currentPhase(tx.sql)),
      );
      return { ...set, replayed };
    });
  }

  @FieldResolver(() => Money, { nullable: true })
  before(@Root() row: PriceChangeRow): Money | null {
    return row.amountBefore == null ? null : { amount: row.amountBefore, currency: row.currency };
  }

  @FieldResolver(() => Money, { nullable: true })
  after(@Root() row: PriceChangeRow): Money | null {
    return row.amountAfter == null ? null : { amount: row.amountAfter, currency: row.currency };
  }
}

@Resolver(() => ProductPrice)
export class ProductPriceResolver {
  @FieldResolver(() => Money, { description: 'Before the discount.' })
  amount(@Root() row: RawPrice): Money {
    return { amount: row.amount, currency: row.currency };
  }

  @FieldResolver(() => Money, { description: 'After the discount, rounded to the currency.' })
  unitPrice(@Root() row: RawPrice): Money | null {
    return money(row);
  }
}

@Resolver(() => Product)
export class ProductPricesResolver {
  @FieldResolver(() => Money, {
    nullable: true,
    description:
      'What one unit costs by the list that the viewer buys by, or by `priceList`; null when that list has no price. No other list and no base price steps in.',
  })
  price(
    @Root() product: PricedRow,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
    @Arg('priceList', () => ID, {
      nullable: true,
      description:
        'The id or code of a list: any for staff, the own one for a client. Left out: the list of the viewer.',
    })
    priceList: string | null,
  ): Money | null | Promise<Money | null> {
    if (priceList == null) return product.price ?? null;
    if (!canSeeList(context.viewer, priceList)) return refuseOnce(context, info, hiddenList());
    const { priceByList } = product;
    if (priceByList) return (Object.hasOwn(priceByList, priceList) ? priceByList[priceList] : null) ?? null;
    return context.load(priceInList, `${product.id} ${priceList}`);
  }

  @FieldResolver(() => Money, { nullable: true, description: 'What one unit costs the viewer when buying so many.' })
  async priceAt(
    @Root() product: Product,
    @Ctx() context: Context,
    @Arg('quantity', () => DecimalText) quantity: string,
  ): Promise<Money | null> {
    if (!new Decimal(quantity).isPositive() || new Decimal(quantity).isZero()) {
      throw badInput('quantity', msg`The quantity must be above 0.`);
    }
    const found = await context.load(tiersByProduct, product.id);
    const tier = found && tierFor(found.tiers, quantity, context.today);
    return tier ? money({ ...tier, currency: found.currency }) : null;
  }
}
