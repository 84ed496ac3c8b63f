import type { Scope } from '../../kernel/scopes.js';

/** A JSON schema, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a module says of a route of its own; the description at /openapi.json is made of these. */
export interface RestRoute {
  method: 'get' | 'post';
  /** With {parameters}. */
  path: string;
  summary: string;
  /** Who may; null for a route that checks a signature instead. */
  scope: Scope | null;
  path_parameters?: Readonly<Record<string, JsonSchema>>;
  query?: Readonly<Record<string, JsonSchema>>;
  /** A body by its media type. */
  body?: JsonSchema;
  answer: { status: number; schema: JsonSchema };
  /** Statuses of refusals; each is a problem with code and message. */
  refuses: readonly number[];
}

export const text: JsonSchema = { type: 'string' };
export const whole: JsonSchema = { type: 'integer', minimum: 0 };
export const oneOfTexts = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: values });
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** All properties are there; a body says which ones it needs. */
export const objectOf = (
  properties: Readonly<Record<string, JsonSchema>>,
  required?: readonly string[],
): JsonSchema => ({
  type: 'object',
  properties,
  required: required ?? Object.keys(properties),
});

const PROBLEM = objectOf(
  { code: text, message: text, field: text, faults: listOf(objectOf({ code: text, message: text, field: text })) },
  ['code', 'message'],
);

const parameters = (route: RestRoute): object[] => [
  ...Object.entries(route.path_parameters ?? {}).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema,
  })),
  ...Object.entries(route.query ?? {}).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
];

function operationOf(route: RestRoute): object {
  const json = (schema: JsonSchema): object => ({ 'application/json': { schema } });
  const problem = { description: 'Refused.', content: json({ $ref: '#/components/schemas/Problem' }) };
  return {
    summary: route.summary,
    ...(route.scope === null
      ? {}
      : { description: `Needs the permission ${route.scope}.`, security: [{ bearer: [] }] }),
    parameters: parameters(route),
    ...(route.body ? { requestBody: { required: true, content: json(route.body) } } : {}),
    responses: {
      [route.answer.status]: { description: 'Done.', content: json(route.answer.schema) },
      ...Object.fromEntries(route.refuses.map((status) => [status, problem])),
    },
  };
}

/** OpenAPI 3.1 of the REST routes. Pure. */
export function openApiOf(routes: readonly RestRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: 'TSH ERP API, REST routes', version },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}
