import {
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  Kind,
  OperationTypeNode,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { unauthenticated } from '../../kernel/errors.js';
import { msg } from '../../kernel/message.js';
import type { Viewer } from '../../kernel/viewer.js';
import { assertWithinLimits, parseLimited } from './limits.js';
import type { LiveHub } from './live.js';
import type { LivePayload, LiveSubscription } from './live-subscription.js';
import { refusal, sentenceOf, worded } from './refusal.js';
import type { SocketConnection, SocketExtra } from './socket-connection.js';

const DOCUMENT_CACHE = 200;

interface Requested {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/** Turns `subscribe` messages into subscriptions of the hub. */
export class SocketSubscriptions {
  private readonly documents = new Map<string, DocumentNode>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly hub: LiveHub,
  ) {}

  /** What graphql-ws executes. Throws the error that the client receives. */
  prepare({ connection, viewer, language }: SocketExtra, id: string, requested: Requested): ExecutionArgs {
    if (!viewer) throw unauthenticated();
    const { schema } = this;
    const document = this.documentOf(requested.query);
    const operation = operationOf(document, requested.operationName);
    const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], requested.variables ?? {});
    if (coerced.errors?.[0]) throw coerced.errors[0];
    const variables = coerced.coerced ?? {};
    assertWithinLimits(schema, document, operation, variables);
    const [node] = operation.selectionSet.selections;
    if (node?.kind !== Kind.FIELD) throw refusal('BAD_REQUEST', msg`Name the subscription field directly.`);
    const field = schema.getSubscriptionType()?.getFields()[node.name.value];
    if (!field) throw refusal('BAD_REQUEST', msg`No such subscription.`);
    // The guard of the field is the schema's own; it is asked once before anything is streamed.
    (field.extensions['assertAccess'] as ((viewer: Viewer) => void) | undefined)?.(viewer);
    const args = getArgumentValues(field, node, variables);
    const stream = new LiveStream(connection, id, (transport) =>
      this.hub.subscribe({
        field: field.name,
        args,
        document,
        operationName: requested.operationName ?? null,
        variables,
        cursorVariables: cursorVariablesOf(node),
        viewer,
        language: language ?? 'en',
        ...transport,
      }),
    );
    return { schema, document, operationName: requested.operationName, variableValues: variables, rootValue: stream };
  }

  /** Equal subscriptions share the parsed and validated document, and with it their group's hash. */
  private documentOf(query: string): DocumentNode {
    const known = this.documents.get(query);
    if (known) return known;
    const document = parseLimited(query);
    const [error] = validate(this.schema, document, undefined, { maxErrors: 5 });
    if (error) {
      const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
      throw worded(new GraphQLError(error.message, { nodes: error.nodes, extensions }), sentenceOf(error));
    }
    if (this.documents.size >= DOCUMENT_CACHE) this.documents.clear();
    this.documents.set(query, document);
    return document;
  }
}

function operationOf(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, name);
  if (!operation) throw refusal('BAD_REQUEST', msg`Name one operation of the document.`);
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
    throw refusal('BAD_REQUEST', msg`Only subscriptions run over the WebSocket. Send queries and mutations by POST.`);
  }
  return operation;
}

function cursorVariablesOf(node: FieldNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const argument of node.arguments ?? []) {
    if (argument.name.value === 'after' && argument.value.kind === Kind.VARIABLE) names.add(argument.value.name.value);
  }
  return names;
}

type Transport = Pick<LiveSubscription, 'send' | 'buffered' | 'drained' | 'end'>;

/**
 * What graphql-ws iterates. It never yields: the hub writes data frames itself, and this only says when the
 * subscription has ended (complete) or failed (error), so those frames come after the data.
 */
class LiveStream implements AsyncIterableIterator<ExecutionResult> {
  private unsubscribe: (() => void) | null = null;
  private settle: ((error: GraphQLError | null) => void) | null = null;
  private outcome: { error: GraphQLError | null } | null = null;
  private readonly prefix: Buffer;

  constructor(
    private readonly connection: SocketConnection,
    id: string,
    private readonly open: (transport: Transport) => () => void,
  ) {
    this.prefix = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  next(): Promise<IteratorResult<ExecutionResult>> {
    return new Promise((resolve, reject) => {
      this.settle = (error) => {
        if (error) reject(error);
        else resolve({ done: true, value: undefined });
      };
      if (this.outcome) this.settle(this.outcome.error);
      else this.unsubscribe ??= this.begin();
    });
  }

  private begin(): () => void {
    const { connection } = this;
    try {
      return this.open({
        send: (payload: LivePayload) => connection.sendPayload(this.prefix, payload),
        buffered: () => connection.unsent,
        drained: () => connection.drained(),
        end: (error) => this.finish(error),
      });
    } catch (error) {
      this.finish(error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error }));
      return () => undefined;
    }
  }

  private finish(error: GraphQLError | null): void {
    this.outcome ??= { error };
    this.settle?.(this.outcome.error);
  }

  return(): Promise<IteratorResult<ExecutionResult>> {
    this.unsubscribe?.();
    this.finish(null);
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(): Promise<IteratorResult<ExecutionResult>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
