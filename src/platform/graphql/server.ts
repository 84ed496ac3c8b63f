import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { KeyValueCache } from '@apollo/utils.keyvaluecache';
import { getVariableValues, Kind, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Services } from '../module.js';
import { operationSpan } from '../tracing/operations.js';
import { activeSpan } from '../tracing/tracer.js';
import { compiledQueriesPlugin, type CompiledQueries } from './compiled.js';
import type { Context } from './context.js';
import { localise, type FormatError } from './format-error.js';
import { assertWithinLimits, LIMITS } from './limits.js';
import type { Operations } from './operations.js';
import { subscriptionOverHttpPlugin } from './subscription-over-http.js';

/** Limits before execution, and the cost in the answer. */
function limitsPlugin(schema: GraphQLSchema): ApolloServerPlugin<Context> {
  return {
    requestDidStart() {
      let cost = 0;
      return Promise.resolve({
        didResolveOperation({ operation, document, request }) {
          if (!operation) return Promise.resolve();
          const definitions = operation.variableDefinitions ?? [];
          const { coerced } = getVariableValues(schema, definitions, request.variables ?? {}, { maxErrors: 1 });
          // Variables that do not fit are worded by the execution, which begins by coercing them.
          if (coerced) cost = assertWithinLimits(schema, document, operation, coerced).cost;
          return Promise.resolve();
        },
        willSendResponse(request) {
          const { body } = request.response;
          if (body.kind !== 'single') return Promise.resolve();
          const { singleResult } = body;
          const { viewer, address, spent, language, services } = request.contextValue;
          const rateLimit = services.rateLimiter.charge(viewer, address, { cost, databaseMs: spent.databaseMs });
          if (cost > 0) {
            const extensions = { cost: { requested: cost, limit: LIMITS.cost }, rateLimit };
            singleResult.extensions = { ...singleResult.extensions, ...extensions };
          }
          if (singleResult.errors) {
            singleResult.errors = singleResult.errors.map((error) => localise(error, language));
          }
          return Promise.resolve();
        },
      });
    },
  };
}

// The root field names the operation: operation names are the client's and unbounded.
function rootFieldOf(operation: OperationDefinitionNode | undefined): string {
  const first = operation?.selectionSet.selections[0];
  return first?.kind === Kind.FIELD ? first.name.value : 'none';
}

function metricsPlugin(services: Services): ApolloServerPlugin<Context> {
  return {
    requestDidStart() {
      const begun = performance.now();
      return Promise.resolve({
        didResolveOperation({ operation }) {
          const span = activeSpan();
          span?.rename(operationSpan(rootFieldOf(operation)));
          span?.set({ 'graphql.operation.type': operation?.operation ?? 'unknown' });
          return Promise.resolve();
        },
        willSendResponse(request) {
          const field = rootFieldOf(request.operation);
          services.metrics.graphqlSeconds.observe(
            { operation: field.slice(0, 60) },
            (performance.now() - begun) / 1000,
          );
          return Promise.resolve();
        },
      });
    },
  };
}

/** Apollo asks by a prefix of its own and the hash of the text, and finds what was parsed and validated before. */
function documentStoreOf(operations: Operations): KeyValueCache<DocumentNode> {
  return {
    get: (key) => Promise.resolve(operations.byHash(key.slice(-64))),
    set: () => Promise.resolve(),
    delete: () => Promise.resolve(),
  };
}

export function createApollo(
  schema: GraphQLSchema,
  services: Services,
  formatError: FormatError,
  queries: CompiledQueries,
  operations: Operations,
): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    introspection: services.config.docsOpen,
    // A browser sends these headers to another site only after a preflight, and credentials are never cookies.
    csrfPrevention: {
      requestHeaders: ['apollo-require-preflight', 'x-apollo-operation-name', 'authorization', 'x-api-key'],
    },
    documentStore: documentStoreOf(operations),
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    persistedQueries: false,
    nodeEnv: 'production',
    formatError: (_formatted, error) => formatError(error),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      metricsPlugin(services),
      subscriptionOverHttpPlugin,
      limitsPlugin(schema),
      compiledQueriesPlugin(queries, formatError),
    ],
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message?: unknown) => services.log.warn(String(message)),
      error: (message?: unknown) => services.log.error(String(message)),
    },
  });
}
