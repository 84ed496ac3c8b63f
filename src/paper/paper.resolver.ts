import { Arg, Ctx, Field, ID, InputType, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { fromMs, nowMs } from '../kernel/clock.js';
import type { Context } from '../platform/graphql/context.js';
import { BusinessDate, DateTime } from '../platform/graphql/scalars.js';
import { signLink } from '../platform/signed-link.js';
import { type PaperKind, PaperKindEnum } from './kinds.js';
import { paperPath, periodOf } from './paper-link.js';
import { seesPaper } from './papers.js';

export const PaperLanguage = { ARABIC: 'ar', ENGLISH: 'en' } as const;
type PaperLanguage = (typeof PaperLanguage)[keyof typeof PaperLanguage];
registerEnumType(PaperLanguage, { name: 'PaperLanguage' });

/** Long enough for a page to open it, too short to be passed on. */
const LINK_MS = 10 * 60_000;

@ObjectType({ description: 'A document as PDF.' })
export class Paper {
  @Field(() => String, { description: 'Fetches it without a token for ten minutes.' })
  url!: string;

  @Field(() => DateTime)
  expiresAt!: Date;
}

@InputType({ description: 'The currency and the period of a statement.' })
export class StatementPeriodInput {
  @Field(() => String, { description: 'IQD, USD or RMB.' })
  currency!: string;

  @Field(() => BusinessDate, { nullable: true, description: 'From the first entry if nothing is said.' })
  from?: string | null;

  @Field(() => BusinessDate, { nullable: true, description: 'Today if nothing is said.' })
  to?: string | null;
}

@Resolver()
export class PaperResolver {
  @Query(() => Paper, { nullable: true, description: 'Null when there is no such document that the viewer may see.' })
  async paper(
    @Ctx() context: Context,
    @Arg('kind', () => PaperKindEnum) kind: PaperKind,
    @Arg('id', () => ID) id: string,
    @Arg('language', () => PaperLanguage, {
      nullable: true,
      description: 'That of Accept-Language if nothing is said.',
    })
    language: PaperLanguage | null,
    @Arg('statement', () => StatementPeriodInput, {
      nullable: true,
      description: 'For a statement, where it is required.',
    })
    statement: StatementPeriodInput | null,
  ): Promise<Paper | null> {
    const period = periodOf(kind, statement ?? null, context.today);
    const request = { kind, id, language: language ?? context.language, period };
    if (!(await seesPaper(context, request))) return null;
    const untilMs = nowMs() + LINK_MS;
    const { jwtSecret } = context.services.config;
    return { url: signLink(jwtSecret, paperPath(request), untilMs), expiresAt: fromMs(untilMs) };
  }
}
