import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import type { Message } from '../../kernel/message.js';

// The message that an error was made of, so that it can still be said in the reader's language.
const SENTENCES = new WeakMap<GraphQLError, Message>();

/** A refusal in our own words before anything is executed: beside the code it keeps its message for translation. */
export function refusal(
  code: string,
  sentence: Message,
  { extensions, ...options }: GraphQLErrorOptions = {},
): GraphQLError {
  return worded(new GraphQLError(sentence.toString(), { ...options, extensions: { ...extensions, code } }), sentence);
}

/** Notes the message of an error, if it has one. */
export function worded(error: GraphQLError, sentence: Message | undefined): GraphQLError {
  if (sentence) SENTENCES.set(error, sentence);
  return error;
}

/** Undefined for what graphql-js words. */
export const sentenceOf = (error: GraphQLError): Message | undefined => SENTENCES.get(error);
