import Negotiator from 'negotiator';

/**
 * The two media types of a GraphQL answer. What a client accepts decides; without an Accept header it is the older one.
 */
export type GraphqlMediaType = 'application/json' | 'application/graphql-response+json';
const AVAILABLE: GraphqlMediaType[] = ['application/json', 'application/graphql-response+json'];

const CACHE_SIZE = 200;
const chosen = new Map<string, GraphqlMediaType | null>();

/** The type to answer with by the q-values of an Accept header; null when neither is accepted. Equal to Apollo's choice. */
export function graphqlMediaType(accept: string | undefined): GraphqlMediaType | null {
  if (accept === undefined || accept === '') return 'application/json';
  const known = chosen.get(accept);
  if (known !== undefined) return known;
  const type = (new Negotiator({ headers: { accept } }).mediaType(AVAILABLE) ?? null) as GraphqlMediaType | null;
  // Headers come from clients, so the cache is bounded.
  if (chosen.size >= CACHE_SIZE) chosen.clear();
  if (accept.length <= 500) chosen.set(accept, type);
  return type;
}
