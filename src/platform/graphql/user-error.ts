import { createUnionType, Field, ID, Int, InterfaceType, ObjectType, type ClassType } from 'type-graphql';
import { AppError, type ErrorCode } from '../../kernel/errors.js';
import { translate } from '../../kernel/translate.js';
import type { Language } from '../../kernel/viewer.js';
import { undeclaredFailures } from '../command.js';
import { BusinessDate, DecimalText } from './scalars.js';

/**
 * Business failures are members of a result union, so a client cannot forget them: each shares code, message and field,
 * and the message follows Accept-Language. What no client can act on stays a GraphQL error.
 */
@ObjectType({ description: 'One thing that is wrong with the input.' })
export class InputFault {
  @Field(() => String, { description: 'Stable, for programs.' })
  code!: string;

  @Field(() => String, { description: 'For people, in the requested language.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'The path of the input, such as lines.0.quantity.' })
  field?: string | null;
}

@InterfaceType({
  description: 'What every business failure contains.',
  resolveType: (value: { __typename: string }) => value.__typename,
})
export abstract class UserError {
  @Field(() => String, { description: 'Stable, for programs.' })
  code!: string;

  @Field(() => String, { description: 'For people, in the requested language.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'The path of the input that caused it.' })
  field?: string | null;

  @Field(() => [InputFault], { description: 'Everything that is wrong with the input, the error itself first.' })
  faults!: InputFault[];
}

@ObjectType({ implements: UserError, description: 'An input is not acceptable as it is.' })
export class InvalidInputError extends UserError {}

@ObjectType({ implements: UserError })
export class NotFoundError extends UserError {}

@ObjectType({ implements: UserError, description: 'Somebody changed the record since it was read.' })
export class StaleVersionError extends UserError {
  @Field(() => Int)
  currentVersion!: number;
}

@ObjectType({ description: 'A field and the system that owns it.' })
export class FieldOwner {
  @Field(() => String)
  field!: string;

  @Field(() => String, { description: 'ZOHO, ERP or MERGE.' })
  owner!: string;
}

@ObjectType({
  implements: UserError,
  description: 'In the present phase of the migration other systems own these fields.',
})
export class FieldOwnedElsewhereError extends UserError {
  @Field(() => [FieldOwner])
  fields!: FieldOwner[];

  @Field(() => String, { description: 'parallel, gradual or full.' })
  phase!: string;
}

@ObjectType({ implements: UserError, description: 'The state graph has no such step.' })
export class IllegalTransitionError extends UserError {
  @Field(() => String)
  from!: string;

  @Field(() => String)
  to!: string;

  @Field(() => [String], { description: 'The steps that are possible from here.' })
  allowed!: string[];
}

@ObjectType({
  implements: UserError,
  description: 'Unknown e-mail address or wrong password; the answer does not say which.',
})
export class InvalidCredentialsError extends UserError {}

@ObjectType({ implements: UserError, description: 'Too many tries.' })
export class ThrottledError extends UserError {
  @Field(() => Int)
  retryAfterSeconds!: number;
}

@ObjectType({ implements: UserError, description: 'Something of the kind is under way already.' })
export class AlreadyRunningError extends UserError {
  @Field(() => String, { nullable: true })
  runningId?: string | null;
}

@ObjectType({ implements: UserError, description: 'The key was used before, with another input.' })
export class IdempotencyMismatchError extends UserError {}

@ObjectType({ implements: UserError, description: 'There is not enough to take.' })
export class InsufficientStockError extends UserError {
  @Field(() => DecimalText, { description: 'How many are left to take.' })
  available!: string;

  @Field(() => DecimalText, { description: 'How many the line needs.' })
  requested!: string;

  @Field(() => ID)
  productId!: string;

  @Field(() => String)
  productName!: string;
}

@ObjectType({ implements: UserError, description: 'A cash box holds too little.' })
export class InsufficientCashError extends UserError {
  @Field(() => DecimalText, { description: 'What the box holds.' })
  available!: string;

  @Field(() => DecimalText, { description: 'What was to be taken out.' })
  requested!: string;

  @Field(() => String)
  currency!: string;

  @Field(() => ID)
  boxId!: string;

  @Field(() => String)
  boxName!: string;
}

@ObjectType({ implements: UserError, description: 'The quantity is no longer the one that was read.' })
export class StaleQuantityError extends UserError {
  @Field(() => DecimalText)
  currentQuantity!: string;
}

@ObjectType({ implements: UserError, description: 'Another record has this value already.' })
export class AlreadyExistsError extends UserError {}

@ObjectType({ implements: UserError, description: 'The amount is above what is open on the document.' })
export class OverpaymentError extends UserError {
  @Field(() => DecimalText)
  open!: string;
}

@ObjectType({ implements: UserError, description: 'The documents are in different currencies.' })
export class WrongCurrencyError extends UserError {
  @Field(() => String)
  expected!: string;

  @Field(() => String)
  given!: string;
}

@ObjectType({ implements: UserError, description: 'The day lies in books that are closed.' })
export class PeriodClosedError extends UserError {
  @Field(() => BusinessDate)
  closedUntil!: string;
}

@ObjectType({ implements: UserError, description: 'The customer has not so much credit, or something is overdue.' })
export class CreditRefusedError extends UserError {
  @Field(() => String, { description: 'LIMIT or OVERDUE.' })
  reason!: string;

  @Field(() => DecimalText)
  creditLeft!: string;

  @Field(() => DecimalText)
  overdue!: string;
}

@ObjectType({ implements: UserError, description: 'Somebody with more rights must approve it first.' })
export class ApprovalNeededError extends UserError {}

@ObjectType({ implements: UserError, description: 'A link was sent to the address; whoever opens it goes on.' })
export class VerificationNeededError extends UserError {}

/** The member of a result union that a code becomes; a module adds those of its own errors. */
const FAILURES = new Map<ErrorCode, ClassType<UserError>>([
  ['BAD_INPUT', InvalidInputError],
  ['WEAK_PASSWORD', InvalidInputError],
  ['NOT_FOUND', NotFoundError],
  ['STALE_VERSION', StaleVersionError],
  ['FIELD_OWNED_ELSEWHERE', FieldOwnedElsewhereError],
  ['ILLEGAL_TRANSITION', IllegalTransitionError],
  ['INVALID_CREDENTIALS', InvalidCredentialsError],
  ['THROTTLED', ThrottledError],
  ['ALREADY_RUNNING', AlreadyRunningError],
  ['IDEMPOTENCY_MISMATCH', IdempotencyMismatchError],
  ['INSUFFICIENT_STOCK', InsufficientStockError],
  ['INSUFFICIENT_CASH', InsufficientCashError],
  ['STALE_QUANTITY', StaleQuantityError],
  ['ALREADY_EXISTS', AlreadyExistsError],
  ['OVERPAYMENT', OverpaymentError],
  ['WRONG_CURRENCY', WrongCurrencyError],
  ['PERIOD_CLOSED', PeriodClosedError],
  ['CREDIT_REFUSED', CreditRefusedError],
  ['APPROVAL_NEEDED', ApprovalNeededError],
  ['VERIFICATION_NEEDED', VerificationNeededError],
]);

export function defineFailure(code: ErrorCode, type: ClassType<UserError>): void {
  FAILURES.set(code, type);
}

/** A result union: what success looks like, and the failures that a client must reckon with. */
export interface ResultType<T extends object> {
  /** For the decorator: `@Mutation(() => signInResult.type)`. */
  type: ClassType<object>;
  /** Runs a command; a failure of a listed code becomes a member of the union, any other is thrown on. */
  run(context: { language: Language }, command: () => Promise<T>): Promise<object>;
}

/** `fails` are the codes of the command that the mutation runs: `createOrder.fails`. */
export function defineResult<T extends object>(
  name: string,
  success: { type: ClassType<object>; name: string },
  fails: readonly ErrorCode[],
): ResultType<T> {
  const type = createUnionType({
    name,
    types: () => [success.type, ...new Set(fails.map(failureTypeOf))] as const,
    resolveType: (value) => (value as unknown as { __typename: string }).__typename,
  });
  return {
    // A union is a value, not a class; type-graphql takes it wherever it takes a type.
    type: type as unknown as ClassType<object>,
    async run({ language }, command) {
      try {
        return Object.assign(await command(), { __typename: success.name });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (!fails.includes(error.code)) {
          // A limit on tries can stop any command.
          if (FAILURES.has(error.code) && error.code !== 'THROTTLED') undeclaredFailures.add(`${name}: ${error.code}`);
          throw error;
        }
        return {
          __typename: failureTypeOf(error.code).name,
          ...error.details,
          code: error.code,
          message: translate(error.sentence, language),
          field: error.field ?? null,
          faults: faultsOf(error, language),
        };
      }
    },
  };
}

function failureTypeOf(code: ErrorCode): ClassType<UserError> {
  const type = FAILURES.get(code);
  if (!type) throw new Error(`No member of a result union stands for ${code}.`);
  return type;
}

/** Everything that is wrong with an input, for a form: each with its path and in the reader's language. */
export const faultsOf = ({ faults }: AppError, language: Language): InputFault[] =>
  faults.map(({ code, field, sentence }) => ({ code, field: field ?? null, message: translate(sentence, language) }));
