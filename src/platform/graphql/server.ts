import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { getVariableValues, Kind, type GraphQLSchema } from 'graphql';
import type { Services } from '../module.js';
import { compiledQueriesPlugin, type CompiledQueries } from './compiled.js';
import type { Context } from './context.js';
import { localise, type FormatError } from './format-error.js';
import { assertDocumentWithinLimits, assertWithinLimits, LIMITS } from './limits.js';

/** Limits before execution, and the cost told in the answer. */
function limitsPlugin(schema: GraphQLSchema): ApolloServerPlugin<Context> {
  return {
    requestDidStart() {
      let cost = 0;
      return Promise.resolve({
        didResolveOperation({ operation, document, request }) {
          if (!operation) return Promise.resolve();
          assertDocumentWithinLimits(document);
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
