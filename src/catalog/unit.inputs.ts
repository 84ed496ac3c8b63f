import { Field, ID, InputType, Int } from 'type-graphql';
import { filterOf } from '../platform/read/filter.js';
import { Unit } from './unit.entity.js';

export const UnitFilter = filterOf(Unit, ['code', 'name', 'decimals']);

@InputType()
export class CreateUnitInput {
  @Field(() => String, { description: '1 to 20 characters, as products name it; capitals count as small letters.' })
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => Int, { description: '0 to 3.' })
  decimals!: number;
}

@InputType({ description: 'A field that is left out stays.' })
export class UpdateUnitInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version that was read.' })
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => String, { nullable: true })
  nameAr?: string;

  @Field(() => Int, { nullable: true, description: '0 to 3; quantities that stand already stay.' })
  decimals?: number;
}
