import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Who looks after a customer.' })
export class Salesperson {
  @Field(() => ID, { description: 'The id of the user.' })
  userId!: string;

  @Field(() => String)
  name!: string;
}
