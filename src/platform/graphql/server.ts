import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { Kind, type GraphQLSchema } from 'graphql';
import type { Services } from '../module.js';
import { compiledQueriesPlugin, type CompiledQueries } from './compiled.js';
import type { Context } from './context.js';
import { localise, type FormatError } from './format-error.js';
import { assertWithinLimits, LIMITS } from './limits.js';
import { subscriptionOverHttpPlugin } from './subscription-over-http.js';

/** Limits before execution, and the cost told in the answer. */
function limitsPlugin(schema: GraphQLSchema): ApolloServerPlugin<Context> {
  return {
    requestDidStart() {
      let cost = 0;
      return Promise.resolve({
        didResolveOperation(request) {
          if (!request.operation) return Promise.resolve();
          const variables = request.request.variables ?? {};
          cost = assertWithinLimits(schema, request.document, request.operation, variables).cost;
          return Promise.resolve();
        },
        willSendResponse(request) {
          const { body } = request.response;
          if (body.kind !== 'single') return Promise.resolve();
          const { singleResult } = body;
          if (cost > 0) {
            singleResult.extensions = { ...singleResult.extensions, cost: { requested: cost, limit: LIMITS.cost } };
          }
          if (singleResult.errors) {
            const { language } = request.contextValue;
            singleResult.errors = singleResult.errors.map((error) => localise(error, language));
          }
          return Promise.resolve();
        },
      });
    },
  };
}

function metricsPlugin(services: Services): ApolloServerPlugin<Context> {
  return {
    requestDidStart() {
      const begun = performance.now();
      return Promise.resolve({
        willSendResponse(request) {
          // The root field names the operation: operation names are the client's and unbounded.
          const first = request.operation?.selectionSet.selections[0];
          const field = first?.kind === Kind.FIELD ? first.name.value : 'none';
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

export function createApollo(
  schema: GraphQLSchema,
  services: Services,
  formatError: FormatError,
  queries: CompiledQueries,
): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    introspection: services.config.docsOpen,
    csrfPrevention: true,
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
