import type { Noun } from '../kernel/arabic/nouns.js';
import type { GraphQLResolveInfo } from 'graphql';
import { type ClassType, Field, ObjectType } from 'type-graphql';
import { type ErrorCode, notFound } from '../kernel/errors.js';
import type { Tx } from '../platform/db/transact.js';
import type { Context } from '../platform/graphql/context.js';
import { defineResult, type ResultType } from '../platform/graphql/user-error.js';
import type { Keyed } from '../platform/idempotency.js';
import { type DocumentContext, type DocumentMade, transactDocument } from './document-context.service.js';

interface Call {
  context: Context;
  info: GraphQLResolveInfo;
}

export interface RecordedKind<Doc extends object> {
  /** What the answer calls the document. */
  field: string;
  noun: Noun;
  type: ClassType<Doc>;
  /** The document as the client selected it below `field`. */
  read(context: Context, id: string, info: GraphQLResolveInfo): Promise<object | null>;
}

export interface Recorder {
  /** The result union of a mutation, named after it; `fails` are the codes of its command. */
  result(mutation: string, fails: readonly ErrorCode[]): ResultType<object>;
  /** Runs a command in its Tx and reads the document again, as it is now and as the client selected it. */
  run(
    result: ResultType<object>,
    call: Call,
    command: (tx: Tx, documentContext: DocumentContext) => Promise<Keyed<DocumentMade>>,
  ): Promise<object>;
}

/** The answer of the mutations of one kind of document: the document, and whether the key had been used before. */
export function defineRecorded<Doc extends object>({ field, noun, type, read }: RecordedKind<Doc>): Recorder {
  const name = `${type.name}Recorded`;

  @ObjectType(name, {
    description: `The ${noun.toLowerCase()} as it is now, and whether the key had been used before.`,
  })
  class Recorded {
    @Field(() => Boolean, { description: 'True when the key was used before: nothing was recorded again.' })
    replayed!: boolean;
  }
  Field(() => type)(Recorded.prototype, field);

  return {
    result: (mutation, fails) => defineResult<object>(`${mutation}Result`, { type: Recorded, name }, fails),
    run: (result, { context, info }, command) =>
      result.run(context, async () => {
        const { answer, replayed } = await transactDocument(context, command);
        const document = await read(context, answer.id, info);
        if (!document) throw notFound(noun, answer.id);
        return { [field]: document, replayed };
      }),
  };
}
