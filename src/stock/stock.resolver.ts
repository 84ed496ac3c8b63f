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
import { productById, type ProductRow, productScope } from '../catalog/product.queries.js';
import { warehouseById } from '../organisation/organisation.queries.js';
import { Warehouse } from '../organisation/warehouse.entity.js';
import { connectionOf, type Page, PageArgs, readPage } from '../platform/graphql/connections.js';
import type { Context } from '../platform/graphql/context.js';
import { compileFilter, Params } from '../platform/graphql/filters.js';
import { DecimalText, Money } from '../platform/graphql/scalars.js';
import {
  defineResult,
  FieldOwnedElsewhereError,
  IdempotencyMismatchError,
  InsufficientStockError,
  InvalidInputError,
  NotFoundError,
  StaleQuantityError,
} from '../platform/graphql/user-error.js';
import type { Keyed } from '../platform/idempotency.js';
import { currentPhase } from '../platform/settings.js';
import { ProductStock, StockLevel, StockMovement } from './stock.entity.js';
import {
  AdjustStockGivenInput,
  StockLevelSort,
  StockMovementFilter,
  StockState,
  TransferStockGivenInput,
} from './stock.inputs.js';
import { STOCK_STATES, stockLevelList, stockMovementList, valueStock, warehouseScope } from './stock.queries.js';
import { adjustStock, type PostedMovements, transferStock } from './stock.service.js';

@ObjectType({ description: 'What was booked, and whether the key had been used before.' })
export class StockMovementsRecorded {
  @Field(() => [ID], { description: 'Empty when the figure was right already.' })
  movementIds!: string[];

  @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
  replayed!: boolean;
}

@ObjectType({ description: 'Stock of one warehouse at cost.' })
export class StockValuation {
  @Field(() => Int, { description: 'Products with stock other than 0.' })
  products!: number;

  @Field(() => DecimalText)
  quantity!: string;

  @Field(() => Int, { description: 'Products with stock whose cost is unknown; they are not valued.' })
  withoutCost!: number;

  warehouseId!: string;
  valueUsd!: string;
}

const LevelConnection = connectionOf(StockLevel, 'StockLevel');

const MovementConnection = connectionOf(StockMovement, 'StockMovement');

const adjustResult = defineResult(
  'AdjustStockResult',
  { type: StockMovementsRecorded, name: 'StockMovementsRecorded' },
  [NotFoundError, InvalidInputError, StaleQuantityError, FieldOwnedElsewhereError, IdempotencyMismatchError],
);

const transferResult = defineResult(
  'TransferStockResult',
  { type: StockMovementsRecorded, name: 'StockMovementsRecorded' },
  [NotFoundError, InvalidInputError, InsufficientStockError, FieldOwnedElsewhereError, IdempotencyMismatchError],
);

const toAnswer = ({ answer, replayed }: Keyed<PostedMovements>): StockMovementsRecorded => ({ ...answer, replayed });

@Resolver(() => StockMovement)
export class StockResolver {
  @Query(() => LevelConnection, {
    description: 'Stock by product and warehouse, of the warehouses that the viewer may see.',
  })
  stockLevels(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('warehouseId', () => ID, { nullable: true }) warehouseId: string | null,
    @Arg('state', () => StockState, { nullable: true }) state: keyof typeof StockState | null,
    @Arg('orderBy', () => StockLevelSort, { defaultValue: StockLevelSort.PRODUCT_ASC })
    order: keyof typeof StockLevelSort,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<StockLevel>> {
    const params = new Params();
    const where = [
      warehouseScope(context.viewer, params, 's.warehouse_id'),
      productScope({ viewer: context.viewer, params, today: context.today }),
    ];
    if (warehouseId != null) where.push(`s.warehouse_id::text = ${params.add(warehouseId)}`);
    if (state) where.push(STOCK_STATES[state]);
    return readPage(context, stockLevelList, { args, order, where, params, info });
  }

  @Query(() => MovementConnection, { description: 'The stock ledger, newest first.' })
  stockMovements(
    @Ctx() context: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => StockMovementFilter, { nullable: true }) filter: StockMovementFilter | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<StockMovement>> {
    const params = new Params();
    const where = [
      warehouseScope(context.viewer, params, 'm.warehouse_id'),
      compileFilter(filter, StockMovementFilter.columns, params),
    ];
    return readPage(context, stockMovementList, { args, order: 'CREATED_DESC', where, params, info });
  }

  @Query(() => [StockValuation], { description: 'Stock at cost by warehouse.' })
  stockValuation(@Ctx() context: Context): Promise<StockValuation[]> {
    const params = new Params();
    const scope = warehouseScope(context.viewer, params, 's.warehouse_id');
    return valueStock((text, values) => context.read(text, values), scope, params.values);
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
          adjustStock(tx, context.viewer, { ...input, idempotencyKey }, await currentPhase(tx.sql)),
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
          transferStock(
            tx,
            context.viewer,
            { ...input, lines: input.lines.map((line) => ({ ...line })), idempotencyKey },
            await currentPhase(tx.sql),
          ),
        ),
      ),
    );
  }

  @FieldResolver(() => Warehouse)
  warehouse(@Root() row: { warehouse: Warehouse }): Warehouse {
    return row.warehouse;
  }

  @FieldResolver(() => Money, { nullable: true, description: 'What one unit cost, where the movement knows.' })
  unitCost(@Root() row: { unitCostUsd?: string | null }): Money | null {
    return row.unitCostUsd == null ? null : { amount: row.unitCostUsd, currency: 'USD' };
  }
}

@Resolver(() => StockLevel)
export class StockLevelResolver {
  @FieldResolver(() => DecimalText, { description: 'On hand less reserved.' })
  available(@Root() row: { available: string }): string {
    return row.available;
  }

  @FieldResolver(() => Warehouse)
  warehouse(@Root() row: { warehouse: Warehouse }): Warehouse {
    return row.warehouse;
  }

  @FieldResolver(() => Product, { nullable: true })
  product(@Root() row: StockLevel, @Ctx() context: Context): Promise<ProductRow | null> {
    return context.load(productById, row.productId);
  }
}

@Resolver(() => StockValuation)
export class StockValuationResolver {
  @FieldResolver(() => Warehouse, { nullable: true })
  warehouse(@Root() row: StockValuation, @Ctx() context: Context): Promise<Warehouse | null> {
    return context.load(warehouseById, row.warehouseId);
  }

  @FieldResolver(() => Money)
  value(@Root() row: StockValuation): Money {
    return { amount: row.valueUsd, currency: 'USD' };
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
