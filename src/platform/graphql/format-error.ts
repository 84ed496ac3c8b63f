import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError, unavailable } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import type { Message } from '../../kernel/message.js';
import { translate, translateCode } from '../../kernel/translate.js';
import type { Language } from '../../kernel/viewer.js';
import { isConnectionFailure } from '../db/failures.js';
import type { Logger } from '../logger.js';
import { msg } from '../../kernel/message.js';

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
      const text = field === null ? original.message : `${field}: ${original.message}`;
      const message = hideSchema ? text.replace(/ ?Did you mean .*$/s, '') : text;
      const { limit, retryAfterSeconds, field: named } = extensionsOf(original);
      return strip({
        message,
        ...place,
        extensions: {
          code: code === 'BAD_USER_INPUT' ? 'BAD_INPUT' : (code ?? 'BAD_INPUT'),
          field: field ?? named,
          limit,
          retryAfterSeconds,
        },
      });
    }

    const id = newId();
    log.error({ err: original, errorId: id, path: wrapped?.path }, 'unexpected error');
    const message = `Something went wrong. Quote ${id}.`;
    return strip({ message, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: id } });
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
  const { code, errorId } = formatted.extensions ?? {};
  if (language === 'en' || typeof code !== 'string') return formatted;
  const own = SENTENCES.get(formatted);
  const message = own ? translate(own, language) : translateCode(code, formatted.message, language);
  return { ...formatted, message: typeof errorId === 'string' ? `${message} ${errorId}` : message };
}

// Errors of compiled queries come without extensions, whatever the type of graphql-js says.
const extensionsOf = ({ extensions }: { extensions?: Record<string, unknown> }): Record<string, unknown> =>
  extensions ?? {};
const codeOf = (error: GraphQLError): unknown => extensionsOf(error)['code'];

type Place = Pick<GraphQLFormattedError, 'locations' | 'path'>;

// The message that an answer was made of, so that it can still be said in another language.
const SENTENCES = new WeakMap<GraphQLFormattedError, Message>();

function fromAppError(error: AppError, place: Place): GraphQLFormattedError {
  const { code, field, details, message } = error;
  const formatted = strip({ message, ...place, extensions: { code, field, ...details } });
  SENTENCES.set(formatted, error.sentence);
  return formatted;
}

function strip(formatted: GraphQLFormattedError): GraphQLFormattedError {
  return JSON.parse(JSON.stringify(formatted)) as GraphQLFormattedError;
}
