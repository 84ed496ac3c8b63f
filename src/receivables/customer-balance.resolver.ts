import { FieldResolver, Resolver, Root } from 'type-graphql';
import { Customer } from '../customers/customer.entity.js';
import { CustomerBalance } from './customer-balance.js';

@Resolver(() => Customer)
export class CustomerBalanceResolver {
  @FieldResolver(() => [CustomerBalance], { description: 'One a currency in which there ever was a document.' })
  balances(@Root() customer: { balances?: CustomerBalance[] }): CustomerBalance[] {
    return customer.balances ?? [];
  }
}
