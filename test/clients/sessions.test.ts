import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  ServerError,
} from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { SetContextLink } from '@apollo/client/link/context';
import { Client, fetchExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { cacheExchange } from '@urql/exchange-graphcache';
import { ClientError, GraphQLClient } from 'graphql-request';
import { from as observableFrom, switchMap } from 'rxjs';
import { setClock } from '../../src/kernel/clock.js';
import { ACCESS_SECONDS } from '../../src/identity/tokens.js';
import { startTestApp, type TestApp } from '../support/app.js';

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

const PASSWORD = 'correct horse battery';
const ME = 'query Me { me { userId name } }';
const LIST = 'query List($n: Int!) { products(first: $n) { nodes { id } } }';
const REFRESH = `mutation Refresh($token: String!) {
  refreshSession(refreshToken: $token) { ... on Session { accessToken refreshToken } ... on UserError { code } } }`;

/** One tab of a browser: it keeps its own tokens and trades them when the server says that the access token has ended. */
interface Tab {
  ask(query: string, variables?: Record<string, unknown>): Promise<any>;
  tokens: Tokens;
  refreshes(): number;
}
type OpenTab = (url: string, tokens: Tokens) => Tab;

/** Trades the refresh token without any client of the test, as a fetch of the application does. */
async function refresh(url: string, tokens: Tokens): Promise<Tokens> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: REFRESH, variables: { token: tokens.refreshToken } }),
  });
  const { data } = await response.json();
  if (!data?.refreshSession?.accessToken) throw new Error(`The session has ended: ${JSON.stringify(data)}`);
  return data.refreshSession;
}

const apolloTab: OpenTab = (url, given) => {
  const tab = { tokens: given, count: 0 };
  const ended = (error: unknown): boolean =>
    (ServerError.is(error) && error.statusCode === 401) ||
    (CombinedGraphQLErrors.is(error) &&
      error.errors.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED'));
  const client = new ApolloClient({
    link: ApolloLink.from([
      new ErrorLink(({ error, operation, forward }) => {
        if (!ended(error) || operation.getContext()['again']) return;
        operation.setContext({ again: true });
        tab.count += 1;
        return observableFrom(refresh(url, tab.tokens)).pipe(
          switchMap((tokens) => {
            tab.tokens = tokens;
            return forward(operation);
          }),
        );
      }),
      new SetContextLink(({ headers }) => ({
        headers: { ...headers, authorization: `Bearer ${tab.tokens.accessToken}` },
      })),
      new HttpLink({ uri: `${url}/graphql` }),
    ]),
    cache: new InMemoryCache(),
  });
  return {
    ask: async (query, variables = {}) =>
      (await client.query<any>({ query: gql(query), variables, fetchPolicy: 'network-only' })).data,
    get tokens() {
      return tab.tokens;
    },
    refreshes: () => tab.count,
  };
};

const urqlTab: OpenTab = (url, given) => {
  const tab = { tokens: given, count: 0 };
  const client = new Client({
    url: `${url}/graphql`,
    exchanges: [
      cacheExchange({ keys: { Me: () => null } }),
      authExchange(({ appendHeaders, mutate }) =>
        Promise.resolve({
          addAuthToOperation: (operation) =>
            appendHeaders(operation, { authorization: `Bearer ${tab.tokens.accessToken}` }),
          didAuthError: ({ response, graphQLErrors }) =>
            (response as { status?: number } | undefined)?.status === 401 ||
            graphQLErrors.some(({ extensions }) => extensions['code'] === 'UNAUTHENTICATED'),
          async refreshAuth() {
            tab.count += 1;
            // Without the header: the ended token would be refused before the mutation is read.
            const { data } = await mutate<any>(REFRESH, { token: tab.tokens.refreshToken });
            tab.tokens = data?.refreshSession?.accessToken ? data.refreshSession : await refresh(url, tab.tokens);
          },
        }),
      ),
      fetchExchange,
    ],
  });
  return {
    async ask(query, variables = {}) {
      const { data, error } = await client.query<any>(query, variables, { requestPolicy: 'network-only' }).toPromise();
      if (error) throw error;
      return data;
    },
    get tokens() {
      return tab.tokens;
    },
    refreshes: () => tab.count,
  };
};

const graphqlRequestTab: OpenTab = (url, given) => {
  const tab = { tokens: given, count: 0 };
  const client = new GraphQLClient(`${url}/graphql`, {
    headers: () => ({ authorization: `Bearer ${tab.tokens.accessToken}` }),
  });
  return {
    async ask(query, variables = {}) {
      try {
        return await client.request<any>(query, variables);
      } catch (error) {
        const ended =
          error instanceof ClientError &&
          (error.response.status === 401 || error.response.errors?.[0]?.extensions['code'] === 'UNAUTHENTICATED');
        if (!ended) throw error;
        tab.count += 1;
        tab.tokens = await refresh(url, tab.tokens);
        return client.request<any>(query, variables);
      }
    },
    get tokens() {
      return tab.tokens;
    },
    refreshes: () => tab.count,
  };
};

describe.each<[string, OpenTab]>([
  ['Apollo Client', apolloTab],
  ['urql with auth exchange', urqlTab],
  ['graphql-request', graphqlRequestTab],
])('the session of %s', (_name, openTab) => {
  let t: TestApp;
  let email: string;
  let putBack: () => void = () => undefined;
  beforeAll(async () => {
    t = await startTestApp({ redis: true });
    const { token } = await t.as('MANAGER');
    const { data } = await t.withToken(token as string).query<any>('{ me { userId } }');
    ({ email } = (await t.db.sql<{ email: string }>('select email from users where id = $1', [data.me.userId]))[0] as {
      email: string;
    });
  });
  afterAll(async () => {
    putBack();
    await t.stop();
  });

  const signIn = async (): Promise<Tokens> => {
    const { data } = await t.anonymous.query<any>(
      `mutation($email: String!, $password: String!) {
         signIn(email: $email, password: $password) { ... on Session { accessToken refreshToken } } }`,
      { email, password: PASSWORD },
    );
    return data.signIn;
  };
  /** The access token ends as it does after a quarter of an hour; the refresh token stays good. */
  const letAccessTokensEnd = (): void => {
    putBack();
    putBack = setClock(() => Date.now() + (ACCESS_SECONDS + 60) * 1000);
  };
  const letTimeComeBack = (): void => {
    putBack();
    putBack = () => undefined;
  };

  test('an access token that ends in the middle is traded once, and the work goes on', async () => {
    const tab = openTab(t.url, await signIn());
    const { me } = await tab.ask(ME);
    await tab.ask(LIST, { n: 5 });
    expect(tab.refreshes()).toBe(0);
    letAccessTokensEnd();
    try {
      expect((await tab.ask(ME)).me.userId).toBe(me.userId);
      expect(tab.refreshes()).toBe(1);
      expect((await tab.ask(LIST, { n: 5 })).products.nodes).toBeDefined();
      expect(tab.refreshes()).toBe(1);
    } finally {
      letTimeComeBack();
    }
  });

  test('two tabs that trade the same refresh token at once both keep a valid session', async () => {
    const tokens = await signIn();
    const tabs = [openTab(t.url, tokens), openTab(t.url, tokens)];
    for (const tab of tabs) await tab.ask(ME);
    letAccessTokensEnd();
    try {
      const answers = await Promise.all(tabs.map((tab) => tab.ask(ME)));
      expect(new Set(answers.map(({ me }) => me.userId)).size).toBe(1);
      for (const tab of tabs) expect(tab.refreshes()).toBe(1);
      // Both go on: with the access token they hold, and with the refresh token they were given.
      for (const tab of tabs) expect((await tab.ask(LIST, { n: 1 })).products.nodes).toBeDefined();
      for (const tab of tabs) expect((await refresh(t.url, tab.tokens)).accessToken).toEqual(expect.any(String));
    } finally {
      letTimeComeBack();
    }
  });

  test('a trade whose answer was lost can be repeated', async () => {
    const tokens = await signIn();
    await refresh(t.url, tokens);
    const tab = openTab(t.url, await refresh(t.url, tokens));
    expect((await tab.ask(ME)).me.userId).toEqual(expect.any(String));
  });
});
