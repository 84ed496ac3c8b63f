import { createHash } from 'node:crypto';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { Request, Response } from 'express';

/** The explorer, from files of our own packages: it works without the internet. Operations of the tour are its first tab. */
export const TOUR = `# The tour. Choose an operation beside the play button.
# Sign in, copy the accessToken, and put it under Headers: {"Authorization": "Bearer <accessToken>"}

mutation SignIn {
  signIn(email: "owner@tsh.example", password: "the password that the start printed") {
    ... on Session { accessToken refreshToken expiresAt }
    ... on InvalidCredentialsError { code message }
    ... on ThrottledError { code message retryAfterSeconds }
  }
}

query Cables {
  products(first: 10, search: "كابل", orderBy: NAME_ASC) {
    totalCount
    nodes { id sku name nameAr basePrice { amount currency } stock { onHand available } category { name } sync { state syncedAt } }
    pageInfo { hasNextPage endCursor }
  }
}

query Queue {
  syncStats { pending processing completed failed deadLetter syncDelayAvgSeconds }
  syncQueue(first: 10) { nodes { id entityType remoteId status outcome warnings { field message } attempts { result errorMessage } } }
}

query Orders {
  orders(first: 10) {
    totalCount
    nodes { id number version status nextStates fulfilmentStatus invoiceStatus paymentStatus total { amount currency }
      customer { name balances { currency balance { amount } overdue { amount } creditLeft { amount } risk } }
      lines { quantity shipped invoiced unitPrice { amount } lineTotal { amount } product { id name } }
      invoices { number status balance { amount } dueOn } }
  }
}

query Today {
  homeDashboard {
    salesToday { currency documents total { amount } } receivables { currency total { amount } } overdue { currency total { amount } }
    ordersByStatus { status count } waitingApprovals newestOrders { number status }
  }
  inventoryOverview { code products low out negative value { amount currency } }
}

subscription OrdersLive {
  entityChanged(types: ["order", "invoice", "payment"]) { cursor type entityType entityId order { number status total { amount currency } } }
}

subscription QueueLive {
  syncQueueEvents { cursor type item { entityType remoteId status outcome } }
}

subscription ProductsLive {
  entityChanged(types: ["product"]) { cursor type entityId product { name basePrice { amount } stock { onHand } } }
}

subscription DeploymentsLive {
  deploymentUpdated(environment: "staging") { cursor deployment { releaseVersion status } }
}
`;

let page: { html: string; hash: string } | null = null;

/**
 * The explorer knows no token for its socket, which is asked for one at connection_init. It keeps the tab's headers in
 * the browser's storage, so the bearer token that was typed there is handed over.
 */
const SOCKET_TOKEN = `{ connectionParams: () => {
  const kept = Object.keys(localStorage).filter((key) => /headers|tab/i.test(key)).map((key) => localStorage.getItem(key));
  const token = kept.join(' ').match(/Bearer [\\w.-]+/g)?.at(-1);
  return token ? { authorization: token } : {};
} }`;

function withSocketToken(html: string): string {
  const marker = '"endpoint":"/graphql"';
  const at = html.lastIndexOf(marker);
  const open = html.lastIndexOf('{', at);
  if (at < 0 || open < 0) return html;
  const close = html.indexOf('\n', at);
  const options = html.slice(open, close).replace(/,\s*$/, '');
  return `${html.slice(0, open)}Object.assign(${options}, ${SOCKET_TOKEN}),${html.slice(close)}`;
}

export function serveDocs(_request: Request, response: Response): void {
  if (!page) {
    const rendered = renderGraphiQL({
      title: 'TSH ERP API',
      endpoint: '/graphql',
      subscriptionsProtocol: 'WS',
      defaultQuery: TOUR,
      headersEditorEnabled: true,
    } as never);
    const html = withSocketToken(rendered).replace(
      '<head>',
      '<head><meta name="viewport" content="width=device-width, initial-scale=1">',
    );
    page = { html, hash: createHash('sha256').update(html).digest('hex').slice(0, 32) };
  }
  // The page carries its scripts inline and builds workers from them.
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; script-src 'self' 'unsafe-inline' blob:; style-src 'self' 'unsafe-inline'; worker-src blob:; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'",
  );
  response.setHeader('ETag', `"${page.hash}"`);
  response.type('html').send(page.html);
}
