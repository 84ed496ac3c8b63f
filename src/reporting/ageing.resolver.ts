import { Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { MoneyField } from '../platform/graphql/scalars.js';
import { DayRowsArgs, readReport, reportFilters, reportOf, type ReportPage } from '../platform/read/report.js';
import { type AgeingRow, vendorAgeingReport, receivablesAgeingReport } from './ageing.queries.js';

@ArgsType()
export class VendorAgeingArgs extends DayRowsArgs {
  @Field(() => String, { nullable: true, description: 'Only what is in IQD, USD or RMB.' })
  currency?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only this customer or vendor.' })
  partyId?: string | null;
}

@ArgsType()
export class ReceivablesAgeingArgs extends VendorAgeingArgs {
  @Field(() => ID, { nullable: true, description: 'Only customers whom this salesperson looks after now.' })
  salespersonId?: string | null;
}

@ObjectType('AgeingRow', {
  description: 'What is open between a customer or vendor and the company in one currency, by how late it is.',
})
export class AgeingReportRow implements AgeingRow {
  @Field(() => ID, { description: 'The id of the customer or vendor.' })
  recordId!: string;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  nameAr!: string;

  @Field(() => String)
  currency!: string;

  @Field(() => Int, { description: 'That are open.' })
  documents!: number;

  @MoneyField({ description: 'Not due before the day.' })
  current!: string;

  @MoneyField()
  days1to30!: string;

  @MoneyField()
  days31to60!: string;

  @MoneyField()
  days61to90!: string;

  @MoneyField()
  over90!: string;

  @MoneyField({ description: 'Of documents: the sum of the five.' })
  open!: string;

  @MoneyField({ description: 'Money and credit that settle no document yet.' })
  onAccount!: string;

  @MoneyField({ description: 'Open less what is on account: the balance in the journal.' })
  balance!: string;
}

const Ageing = reportOf(AgeingReportRow, 'AgeingReport', 'What is owed at the end of a day, by how late it is.');

@Resolver()
export class AgeingResolver {
  @Query(() => Ageing, { description: 'By customer and currency, as far as the viewer sees the customers.' })
  receivablesAgeing(
    @Ctx() context: Context,
    @Args(() => ReceivablesAgeingArgs) { on, ...args }: ReceivablesAgeingArgs,
  ): Promise<ReportPage<AgeingRow>> {
    return readReport(context, receivablesAgeingReport, asOf(on, args, context), args);
  }

  @Query(() => Ageing, { description: 'By vendor and currency.' })
  vendorAgeing(
    @Ctx() context: Context,
    @Args(() => VendorAgeingArgs) { on, ...args }: VendorAgeingArgs,
  ): Promise<ReportPage<AgeingRow>> {
    return readReport(context, vendorAgeingReport, asOf(on, args, context), args);
  }
}

const asOf = (on: string | null | undefined, args: object, { today }: Context) =>
  reportFilters({ ...args, from: on ?? today, to: on ?? today }, today);
