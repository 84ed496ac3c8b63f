import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError, unavailable } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import { Message, msg } from '../../kernel/message.js';
import { translate, translateCode } from '../../kernel/translate.js';
import type { Language } from '../../kernel/viewer.js';
import { isConnectionFailure } from '../db/failures.js';
import type { Logger } from '../logger.js';
import { sentenceOf } from './refusal.js';
import { faultsOf, type InputFault } from './user-error.js';

/**
 * The only file where a failure becomes what a client sees. AppErrors show their code, message and field; errors of the
 * language itself (syntax, validation, limits) are shown; anything else is masked behind an id that the log has too.
 */
export type FormatError = (error: unknown) => GraphQLFormattedError;

// Codes that graphql-js, Apollo and our limits give to what the client wrote. A value that does not fit is BAD_INPUT,
// whoever found it; BAD_REQUEST is a request that holds no operation.
const SHOWN = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_INPUT',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'LIMIT_EXCEEDED',
  'RESYNC_REQUIRED',
]);

export function createFormatError(log: Logger, hideSchema: boolean): FormatError {
  return (error) => {
    const wrapped = error instanceof GraphQLError ? error : undefined;
    // A subscription's failure is wrapped once by us and once by the transport.
    let original: unknown = error;
    let code = wrapped ? codeOf(wrapped) : undefined;
    while (original instanceof GraphQLError && original.originalError) {
      original = original.originalError;
      if (original instanceof GraphQLError) code ??= codeOf(original);
    }
    const place = { locations: wrapped?.locations, path: wrapped?.path };

    if (original instanceof AppError) return fromAppError(original, place);
    if (isConnectionFailure(original)) {
      log.warn({ reason: original instanceof Error ? original.message : '' }, 'answered UNAVAILABLE');
      return fromAppError(unavailable(msg`The service is away for a moment. Try again.`, 2), place);
    }

    const isShown = code === undefined || (typeof code === 'string' && SHOWN.has(code));
    if (original instanceof GraphQLError && isShown) {
      const field = pathOfVariable(wrapped?.message ?? '');
      const { limit, retryAfterSeconds, field: named } = extensionsOf(original);
      const extensions = {
        code: code === 'BAD_USER_INPUT' ? 'BAD_INPUT' : (code ?? 'BAD_INPUT'),
        field: field ?? named,
        limit,
        retryAfterSeconds,
      };
      const own = sentenceOf(original);
      if (own) return answerOf(field === null ? own : new Message('{0}: {1}', [field, own]), extensions, place);
      const text = field === null ? original.message : `${field}: ${original.message}`;
      const message = hideSchema ? text.replace(/ ?Did you mean .*$/s, '') : text;
      return strip({ message, ...place, extensions });
    }

    const id = newId();
    log.error({ err: original, errorId: id, path: wrapped?.path }, 'unexpected error');
    return answerOf(somethingWrong(id), { code: 'INTERNAL_SERVER_ERROR', errorId: id }, place);
  };
}

// graphql-js says only in the text of the outer error where in a variable the invalid value is, after the value itself.
// The value is left out of ours: it may be a password.
const IN_VARIABLE = /^Variable "\$(\w+)" got invalid value /;
const PLACE = /^(\w+(?:\.\w+|\[\d+\])+)"; /;

/** `prices[1].amount` out of an error of variables; null for any other error. */
function pathOfVariable(message: string): string | null {
  const variable = IN_VARIABLE.exec(message)?.[1];
  if (variable === undefined) return null;
  const path = PLACE.exec(message.slice(message.lastIndexOf(' at "') + ' at "'.length))?.[1];
  return path?.startsWith(variable) ? path : variable;
}

/** The message in the requested language; program-facing parts stay as they are. */
export function localise(formatted: GraphQLFormattedError, language: Language): GraphQLFormattedError {
  const { code } = formatted.extensions ?? {};
  if (language === 'en' || typeof code !== 'string') return formatted;
  const own = OWN.get(formatted);
  if (!own) return { ...formatted, message: translateCode(code, formatted.message, language) };
  const message = translate(own.sentence, language);
  if (!own.error) return { ...formatted, message };
  return { ...formatted, message, extensions: { ...formatted.extensions, ...faultsExtension(own.error, language) } };
}

// Errors of compiled queries come without extensions, whatever the type of graphql-js says.
const extensionsOf = ({ extensions }: { extensions?: Record<string, unknown> }): Record<string, unknown> =>
  extensions ?? {};
const codeOf = (error: GraphQLError): unknown => extensionsOf(error)['code'];

type Place = Pick<GraphQLFormattedError, 'locations' | 'path'>;

// What an answer was made of, so that it can still be said in another language.
const OWN = new WeakMap<GraphQLFormattedError, { sentence: Message; error?: AppError | undefined }>();

/** A failure in our own words. */
export function answerOf(
  sentence: Message,
  extensions: Record<string, unknown>,
  place: Place = {},
  error?: AppError,
): GraphQLFormattedError {
  const formatted = strip({ message: sentence.toString(), ...place, extensions });
  OWN.set(formatted, { sentence, error });
  return formatted;
}

function fromAppError(error: AppError, place: Place): GraphQLFormattedError {
  const { code, field, details, sentence } = error;
  return answerOf(sentence, { code, field, ...details, ...faultsExtension(error, 'en') }, place, error);
}

/** All faults of an input that has more than one. */
export const faultsExtension = (error: AppError, language: Language): { faults?: InputFault[] } =>
  error.faults.length > 1 ? { faults: faultsOf(error, language) } : {};

export const somethingWrong = (id: string): Message => msg`Something went wrong. Quote ${id}.`;

function strip(formatted: GraphQLFormattedError): GraphQLFormattedError {
  return JSON.parse(JSON.stringify(formatted)) as GraphQLFormattedError;
}
