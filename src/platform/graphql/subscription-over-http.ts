import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { Context } from './context.js';
import { needsWebSocket } from './entity-change.js';

/** Answers a subscription that was sent by POST with the address of the WebSocket, before anything runs. */
export const subscriptionOverHttpPlugin: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation({ operation }) {
        if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return Promise.resolve();
        const error = needsWebSocket();
        throw new GraphQLError(error.message, {
          originalError: error,
          extensions: { code: error.code, http: { status: 400 } },
        });
      },
    }),
};
