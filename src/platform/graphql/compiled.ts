import type { ApolloServerPlugin } from '@apollo/server';
import {
  getNamedType,
  GraphQLError,
  isInputObjectType,
  Kind,
  OperationTypeNode,
  typeFromAST,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLInputType,
  type GraphQLSchema,
  type NamedTypeNode,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import { sha256Hex } from '../../kernel/hash.js';
import type { Logger } from '../logger.js';
import type { Context } from './context.js';
import type { FormatError } from './format-error.js';
import { measure } from './limits.js';

/**
 * Queries that come again are compiled to a function (graphql-jit): 2.7 times less CPU on rows. On the second sight
 * only, because compiling costs 2-70 ms; in a bounded LRU, because a compiled query holds about 70 KB.
 */
const CAPACITY = 500;
const SEEN_CAPACITY = 5000;
const COSTS_CAPACITY = 100;
/** Longer texts are kept as their hash, so that nobody fills the memory with 5,000 of 256 KB. */
const KEY_CHARS = 4096;

const keyOf = (text: string, operationName: string): string =>
  `${operationName}\n${text.length > KEY_CHARS ? sha256Hex(text) : text}`;

/** A valid query within the limits that do not hang on variables. */
export interface KnownQuery {
  query: CompiledQuery;
  rootField: string;
  /** The cost with these variables; the caller holds it against the limit. */
  costOf(variables: Record<string, unknown>): number;
}

export interface CompiledQueries {
  /**
   * The compiled query, or null when the ordinary execution should answer (first sight, or not compilable). The caller
   * has validated and measured the document.
   */
  get(
    text: string,
    operationName: string,
    operation: OperationDefinitionNode,
    document: DocumentNode,
  ): KnownQuery | null;
  /** What `get` has compiled for this very text and the name that the request gave ('' for none); null otherwise. */
  known(text: string, operationName: string): KnownQuery | null;
  size(): number;
}

/** The variables that set the size of a page: the cost hangs on nothing else of a request. */
function pageVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null && 'kind' in value) {
      const node = value as {
        kind: string;
        name?: { value: string };
        value?: { kind: string; name?: { value: string } };
      };
      const isPage = node.kind === (Kind.ARGUMENT as string) && /^(first|last)$/.test(node.name?.value ?? '');
      if (isPage && node.value?.kind === (Kind.VARIABLE as string)) names.add(node.value.name?.value ?? '');
      for (const [key, inner] of Object.entries(value)) if (key !== 'loc') visit(inner);
    }
  };
  visit(document.definitions);
  return [...names];
}

/**
 * The compiler writes code for an input type and all inputs in it. For one that holds itself (a filter with AND) it ends
 * with the stack at best; where other fields stood before the circle, it took 4 GB first.
 */
function compilableVariables(schema: GraphQLSchema, operation: OperationDefinitionNode): boolean {
  const holdsItself = (type: GraphQLInputType, above: readonly GraphQLInputType[]): boolean => {
    const named = getNamedType(type);
    if (!isInputObjectType(named)) return false;
    if (above.includes(named)) return true;
    return Object.values(named.getFields()).some((field) => holdsItself(field.type, [...above, named]));
  };
  return (operation.variableDefinitions ?? []).every((variable) => {
    const type = typeFromAST(schema, variable.type as NamedTypeNode) as GraphQLInputType | undefined;
    return type === undefined || !holdsItself(type, []);
  });
}

export function createCompiledQueries(schema: GraphQLSchema, log: Logger): CompiledQueries {
  const compiled = new Map<string, KnownQuery | null>();
  const seen = new Set<string>();

  const find = (key: string): KnownQuery | null | undefined => {
    const known = compiled.get(key);
    if (known === undefined) return undefined;
    // The least recently used one goes first.
    compiled.delete(key);
    compiled.set(key, known);
    return known;
  };

  const knownQuery = (query: CompiledQuery, operation: OperationDefinitionNode, document: DocumentNode): KnownQuery => {
    const names = pageVariables(document);
    const costs = new Map<string, number>();
    const [first] = operation.selectionSet.selections;
    return {
      query,
      rootField: first?.kind === Kind.FIELD ? first.name.value.slice(0, 60) : 'none',
      costOf(variables) {
        const key = names.map((name) => Number(variables[name])).join();
        const stored = costs.get(key);
        if (stored !== undefined) return stored;
        const { cost } = measure(schema, document, operation, variables);
        if (costs.size >= COSTS_CAPACITY) costs.clear();
        costs.set(key, cost);
        return cost;
      },
    };
  };

  return {
    get(text, operationName, operation, document) {
      if (operation.operation !== OperationTypeNode.QUERY) return null;
      const key = keyOf(text, operationName);
      const known = find(key);
      if (known !== undefined) return known;
      if (!seen.has(key)) {
        if (seen.size >= SEEN_CAPACITY) seen.clear();
        seen.add(key);
        return null;
      }
      let query: KnownQuery | null = null;
      try {
        const result = !compilableVariables(schema, operation)
          ? null
          : compileQuery(schema, document, operationName || undefined);
        if (result && isCompiledQuery(result)) query = knownQuery(result, operation, document);
      } catch (error) {
        log.warn({ err: error }, 'query not compiled; executed the ordinary way');
      }
      compiled.set(key, query);
      if (compiled.size > CAPACITY) {
        const [oldest] = compiled.keys();
        if (oldest !== undefined) compiled.delete(oldest);
      }
      return query;
    },
    known: (text, operationName) => find(keyOf(text, operationName)) ?? null,
    size: () => compiled.size,
  };
}

/** Answers queries from compiled code. Errors go through the same formatting; a throw here would be a bare 500. */
export function compiledQueriesPlugin(queries: CompiledQueries, formatError: FormatError): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        async responseForOperation(request) {
          // Missing, whatever the type says, when the name fits no operation; the execution words that.
          const operation = request.operation as OperationDefinitionNode | undefined;
          const name = request.request.operationName ?? '';
          const known = operation && queries.get(request.source, name, operation, request.document);
          if (!known) return null;
          const { contextValue } = request;
          let result: ExecutionResult;
          try {
            result = await known.query.query({}, contextValue, request.request.variables ?? {});
          } catch (error) {
            result = { data: null, errors: [new GraphQLError('', { originalError: error as Error })] };
          }
          // Without data nothing ran: the variables were refused, and the ordinary execution words that better.
          if (!('data' in result) || result.data === undefined) return null;
          const errors = result.errors?.map((error) => formatError(error));
          return {
            http: request.response.http,
            body: {
              kind: 'single',
              singleResult: { data: result.data, ...(errors ? { errors } : {}) },
            },
          };
        },
      }),
  };
}
