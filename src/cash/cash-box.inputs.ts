import { Field, ID, InputType, Int } from 'type-graphql';
import { filterOf } from '../platform/read/filter.js';
import { sortOf } from '../platform/read/sort.js';
import { enumFilter } from '../platform/read/value-filters.js';
import { type BoxKind, BoxKindEnum, CashBox } from './cash-box.entity.js';
import { boxKind } from './cash-box.queries.js';

export const CashBoxSort = sortOf(CashBox, ['name', 'createdAt']);
export const CashBoxFilter = filterOf(CashBox, ['name', 'branchId', 'keeperId', 'isDefault', 'active'], {
  also: { kind: { of: enumFilter(BoxKindEnum, 'CashBoxKind'), type: 'text', sql: boxKind } },
});

@InputType()
export class CreateCashBoxInput {
  @Field(() => BoxKindEnum)
  kind!: BoxKind;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => ID, { nullable: true, description: 'Left out: that of the primary warehouse.' })
  branchId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Who keeps it; a salesperson’s box has one.' })
  keeperId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'For a bank or a transfer channel.' })
  mayOverdraw?: boolean | null;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateCashBoxInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => ID, { nullable: true, description: 'Null takes the keeper away.' })
  keeperId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: takes what names no box, in place of the one so far.' })
  isDefault?: boolean;

  @Field(() => Boolean, { nullable: true })
  mayOverdraw?: boolean;

  @Field(() => Boolean, { nullable: true, description: 'False closes an empty box.' })
  active?: boolean;
}
