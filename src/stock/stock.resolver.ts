import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Product } from '../catalog/product.entity.js';
import { badInput } from '../kernel/errors.js';
import { isId } from '../kernel/ids.js';
import { warehouseById, type warehouseRead } from '../organisation/organisation.queries.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import type { Tx } from '../platform/db/transact.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DecimalText, Money } from '../platform/graphql/scalars.js';
import { defineResult } from '../platform/graphql/user-error.js';
import type { Keyed } from '../platform/idempotency.js';
import { connectionOf, type Page, PageArgs } from '../platform/read/connection.js';
import type { RowOf } from '../platform/read/definition.js';
import { filtered, type FilterValue } from '../platform/read/filter.js';
import { readPage } from '../platform/read/page.js';
import { sortNamed } from '../platform/read/sort.js';
import { equals, Params } from '../platform/read/sql.js';
import { currentPhase } from '../platform/settings.js';
import { ProductStock, StockLevel, StockMovement } from './stock.entity.js';
import {
  AdjustStockGivenInput,
  StockLevelArgs,
  StockLevelFilter,
  StockLevelSort,
  StockMovementFilter,
  StockMovementSort,
  TransferStockGivenInput,
} from './stock.inputs.js';
import {
  inState,
  ofVisibleProducts,
  stockLevelRead,
  stockMovementRead,
  valueStock,
  warehouseScope,
} from './stock.queries.js';
import { adjustStock, type PostedMovements, type StockContext, transferStock } from './count-and-transfer.service.js';
import { msg } from '../kernel/message.js';

@ObjectType({ description: 'What was booked, and whether the key had been used before.' })
export class StockMovementsRecorded {
  @Field(() => [ID], { description: 'Empty when the figure was right already.' })
  movementIds!: string[];

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

@ObjectType({ description: 'Stock of one warehouse at cost; without a warehouse what is on the way between two.' })
export class StockValuation {
  @Field(() => Int, { description: 'Products with stock other than 0.' })
  products!: number;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => Int, { description: 'Products with stock whose cost is unknown; they are not valued.' })
  withoutCost!: number;

  warehouseId!: string | null;
  amount!: string;
  currency!: string;
}

const LevelConnection = connectionOf(StockLevel, 'StockLevel');

const MovementConnection = connectionOf(StockMovement, 'StockMovement');

const adjustResult = defineResult(
  'AdjustStockResult',
  { type: StockMovementsRecorded, name: 'StockMovementsRecorded' },
  adjustStock.fails,
);

const transferResult = defineResult(
  'TransferStockResult',
  { type: StockMovementsRecorded, name: 'StockMovementsRecorded' },
  transferStock.fails,
);

const stockContext = async (tx: Tx, { viewer, today }: Context): Promise<StockContext> => ({
  viewer,
  today,
  phase: await currentPhase(tx.sql),
});

const toAnswer = ({ answer, replayed }: Keyed<PostedMovements>): StockMovementsRecorded => ({ ...answer, replayed });

@Resolver(() => StockMovement)
export class StockResolver {
  @Query(() => LevelConnection, {
    description: 'Stock by product and warehouse, of the warehouses that the viewer may see.',
  })
  stockLevels(
    @Ctx() context: Context,
    @Args(() => StockLevelArgs) args: StockLevelArgs,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof stockLevelRead>>> {
    const { warehouseId, state, filter, orderBy } = args;
    if (warehouseId != null && !isId(warehouseId)) throw badInput('warehouseId', msg`Not a valid id.`);
    return readPage(context, stockLevelRead, {
      args,
      info,
      sort: sortNamed<StockLevel>(StockLevelSort, orderBy),
      where: [
        ofVisibleProducts(context),
        warehouseId == null ? null : (level) => equals(level.warehouseId, warehouseId, 'uuid'),
        state ? inState(state) : null,
        filtered(StockLevelFilter, filter),
      ],
    });
  }

  @Query(() => MovementConnection, { description: 'The stock ledger, newest first.' })
  stockMovements(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => StockMovementFilter, { nullable: true }) filter: FilterValue | null,
    @Arg('orderBy', () => StockMovementSort, { defaultValue: StockMovementSort.CREATED_DESC })
    orderBy: keyof typeof StockMovementSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<RowOf<typeof stockMovementRead>>> {
    const sort = sortNamed<StockMovement>(StockMovementSort, orderBy);
    return readPage(context, stockMovementRead, { args, info, sort, where: [filtered(StockMovementFilter, filter)] });
  }

  @Query(() => [StockValuation], {
    description: 'Stock at cost by warehouse, now or at the end of a day: together it is what the stock account says.',
  })
  async stockValuation(
    @Ctx() context: Context,
    @Arg('day', () => BusinessDate, { nullable: true }) day: string | null,
  ): Promise<StockValuation[]> {
    const params = new Params();
    const scope = warehouseScope(context.viewer, params, 's.warehouse_id');
    const rows = await valueStock((text, values) => context.read(text, values), {
      scope,
      day,
      zone: context.timeZone,
      params: params.values,
    });
    return rows.map(({ value: amount, ...row }) => ({ ...row, amount }));
  }

  @Mutation(() => adjustResult.type, { description: 'Books the difference to what was counted, by compare and set.' })
  adjustStock(
    @Ctx() context: Context,
    @Arg('input', () => AdjustStockGivenInput) input: AdjustStockGivenInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    return adjustResult.run(context, async () =>
      toAnswer(
        await context.transact(async (tx) =>
          adjustStock(tx, await stockContext(tx, context), { ...input, idempotencyKey }),
        ),
      ),
    );
  }

  @Mutation(() => transferResult.type, { description: 'Moves stock between two warehouses; all lines or none.' })
  transferStock(
    @Ctx() context: Context,
    @Arg('input', () => TransferStockGivenInput) input: TransferStockGivenInput,
    @Arg('idempotencyKey', () => ID) idempotencyKey: string,
  ): Promise<object> {
    return transferResult.run(context, async () =>
      toAnswer(
        await context.transact(async (tx) =>
          transferStock(tx, await stockContext(tx, context), {
            ...input,
            lines: input.lines.map((line) => ({ ...line })),
            idempotencyKey,
          }),
        ),
      ),
    );
  }
}

@Resolver(() => StockValuation)
export class StockValuationResolver {
  @FieldResolver(() => Warehouse, { nullable: true })
  async warehouse(@Root() row: StockValuation, @Ctx() context: Context): Promise<RowOf<typeof warehouseRead> | null> {
    return row.warehouseId === null ? null : context.load(warehouseById, row.warehouseId);
  }

  @FieldResolver(() => Money)
  value(@Root() row: StockValuation): Money {
    return { amount: row.amount, currency: row.currency };
  }
}

@Resolver(() => Product)
export class ProductStockResolver {
  @FieldResolver(() => ProductStock, { nullable: true, description: 'Null where no stock was ever reported.' })
  stock(@Root() product: { stock?: ProductStock | null }): ProductStock | null {
    return product.stock ?? null;
  }

  @FieldResolver(() => [StockLevel], { description: 'By warehouse, as far as the viewer may see warehouses.' })
  stockLevels(@Root() product: { stockLevels?: StockLevel[] }): StockLevel[] {
    return product.stockLevels ?? [];
  }
}
