import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { sha256Hex } from '../../kernel/hash.js';
import { LIMITS, parseLimited } from './limits.js';
import { sentenceOf, worded } from './refusal.js';

/**
 * Parses and validates each text once, in the order that keeps both bounded: tokens, the limits of the document, and only
 * then validation, which ends at its fifth error. Apollo finds the documents here and does neither again.
 */
export interface Operations {
  /** The valid document of a text. Throws InvalidDocument. */
  documentOf(text: string): DocumentNode;
  /** A document that `documentOf` has made, by the hash of its text. */
  byHash(sha256: string): DocumentNode | undefined;
}

export class InvalidDocument extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super(errors[0]?.message ?? 'The document is not valid.');
    this.name = 'InvalidDocument';
  }
}

/** A parsed document takes about twenty times the memory of its text. */
const CAPACITY_CHARS = 2_000_000;

function invalid(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions } = error;
  const extensions = { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } };
  return worded(new GraphQLError(message, { nodes, source, positions, extensions }), sentenceOf(error));
}

export function createOperations(schema: GraphQLSchema, options: { introspection: boolean }): Operations {
  const rules = options.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const documents = new Map<string, { document: DocumentNode; chars: number }>();
  let chars = 0;

  const find = (hash: string): DocumentNode | undefined => {
    const entry = documents.get(hash);
    if (!entry) return undefined;
    // The least recently used one goes first.
    documents.delete(hash);
    documents.set(hash, entry);
    return entry.document;
  };
  const keep = (hash: string, document: DocumentNode, size: number): void => {
    documents.set(hash, { document, chars: size });
    chars += size;
    for (const [oldest, entry] of documents) {
      if (chars <= CAPACITY_CHARS || oldest === hash) return;
      documents.delete(oldest);
      chars -= entry.chars;
    }
  };

  return {
    documentOf(text) {
      const hash = sha256Hex(text);
      const known = find(hash);
      if (known) return known;
      let document: DocumentNode;
      try {
        document = parseLimited(text);
      } catch (error) {
        throw error instanceof GraphQLError ? new InvalidDocument([error]) : error;
      }
      const errors = validate(schema, document, rules, { maxErrors: LIMITS.validationErrors });
      if (errors.length > 0) throw new InvalidDocument(errors.slice(0, LIMITS.validationErrors).map(invalid));
      keep(hash, document, text.length);
      return document;
    },
    byHash: find,
  };
}
