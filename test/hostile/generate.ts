import type { GraphQLSchema } from 'graphql';
import { oddCursor, oddDocument, operationFor, rootFields } from './documents.js';
import { oddSocket } from './frames.js';
import type { HostileRequest, Sender } from './hostile-request.js';
import { randomOf, type Random } from './random.js';
import { asked, oddBody, oddHeaders, oddPath, oddWebhook } from './transport.js';
import type { Known } from './values.js';

const KINDS: readonly Sender['kind'][] = ['stranger', 'consumer', 'client', 'staff', 'staff'];
const USERS = 1000;

const WEIGHTS = {
  document: 20,
  variables: 38,
  cursor: 10,
  body: 11,
  path: 5,
  headers: 5,
  socket: 8,
  webhook: 3,
} as const;
type Family = keyof typeof WEIGHTS;
const FAMILIES = Object.entries(WEIGHTS).flatMap(([family, weight]) => Array<Family>(weight).fill(family as Family));

/** Makes hostile requests; the same seed and index make the same request over the same data. */
export function hostileRequests(schema: GraphQLSchema, known: Known, seed: number): (index: number) => HostileRequest {
  const roots = rootFields(schema);
  const lists = roots.filter(({ field }) => field.args.some(({ name }) => name === 'after'));
  const request = (family: Family, sender: Sender, random: Random): HostileRequest => {
    switch (family) {
      case 'document': {
        const { family: name, operation } = oddDocument(random);
        return asked(sender, `document: ${name}`, operation, random);
      }
      case 'variables': {
        const root = random.pick(roots);
        return asked(sender, `variables: ${root.field.name}`, operationFor(schema, root, random, known), random);
      }
      case 'cursor': {
        const { field } = random.pick(lists);
        const needed = field.args.some(({ name }) => name === 'customerId');
        const query = `query Page($after: String, $before: String) { ${field.name}(${needed ? `customerId: "${known.ids[0] ?? ''}", currency: "USD", ` : ''}first: 3, after: $after, before: $before) { totalCount nodes { __typename } pageInfo { endCursor } } }`;
        const variables = {
          after: oddCursor(random, known),
          before: random.chance(0.2) ? oddCursor(random, known) : null,
        };
        return asked(sender, `cursor: ${field.name}`, { query, variables }, random);
      }
      case 'body':
        return oddBody(sender, random);
      case 'path':
        return oddPath(sender, random);
      case 'headers':
        return oddHeaders(sender, random);
      case 'socket':
        return oddSocket(sender, schema, random, known);
      case 'webhook':
        return oddWebhook(sender, random);
    }
  };
  return (index) => {
    const random = randomOf(seed, index);
    // Every root field in its turn first, so that none is left to chance.
    const root = index < roots.length * KINDS.length ? roots[index % roots.length] : undefined;
    const kind = root ? (KINDS[Math.floor(index / roots.length)] as Sender['kind']) : random.pick(KINDS);
    const sender = { kind, index: random.below(USERS) };
    if (root) return asked(sender, `variables: ${root.field.name}`, operationFor(schema, root, random, known), random);
    return request(random.pick(FAMILIES), sender, random);
  };
}
