import type { NextFunction, Request, Response } from 'express';
import { activeTracer } from './tracer.js';

/** The root field names an operation, as in the metrics: operation names are the client's and unbounded. */
export const operationSpan = (rootField: string): string => `graphql ${rootField.slice(0, 60)}`;

/** A span around what Apollo does; its plugin names it as soon as it knows the operation. */
export function traceOperation(_request: Request, response: Response, next: NextFunction): void {
  const tracer = activeTracer();
  if (tracer === null) return next();
  const span = tracer.start('graphql');
  response.once('close', () => span.end());
  span.run(next);
}
