import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { defineResult } from '../platform/graphql/user-error.js';
import { selectionOf } from '../platform/read/selection.js';
import { signLink } from '../platform/signed-link.js';
import { Company } from './company.entity.js';
import { UpdateCompanyInput } from './company.inputs.js';
import { type CompanyRow, readCompany } from './company.queries.js';
import { updateCompany } from './company.service.js';
import { logoPath } from './logo-image.js';

const updateResult = defineResult<CompanyRow>(
  'UpdateCompanyResult',
  { type: Company, name: 'Company' },
  updateCompany.fails,
);

@Resolver(() => Company)
export class CompanyResolver {
  @Query(() => Company)
  company(@Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<CompanyRow> {
    return readCompany(context, selectionOf(info));
  }

  @FieldResolver(() => String, { nullable: true, description: 'A link to the logo that is good for a day.' })
  logoUrl(@Root() company: CompanyRow, @Ctx() { services }: Context): string | null {
    return company.logoId == null ? null : signLink(services.config.jwtSecret, logoPath(company.logoId));
  }

  @Mutation(() => updateResult.type, { description: 'Papers that are printed from now on carry it.' })
  updateCompany(
    @Ctx() context: Context,
    @Arg('input', () => UpdateCompanyInput) input: UpdateCompanyInput,
  ): Promise<object> {
    return updateResult.run(context, async () => {
      await context.transact((tx) => updateCompany(tx, input));
      return readCompany(context);
    });
  }
}
