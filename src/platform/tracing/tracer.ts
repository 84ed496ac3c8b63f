import type { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Traces at our own seams: HTTP edge, GraphQL operation, statement, job, call to Zoho. Nothing is patched, so the
 * compiled-query lane, which goes past Express, is traced like the rest; and without a tracer a seam is one comparison.
 * The libraries are in otlp.ts alone, which main.ts loads when OTEL_EXPORTER_OTLP_ENDPOINT is set, before anything else.
 */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;
export type SpanKind = 'internal' | 'server' | 'client' | 'consumer';

export interface SpanOptions {
  kind?: SpanKind;
  attributes?: SpanAttributes;
  /** Begins a trace of its own, whatever runs at present. */
  root?: boolean;
  /** Headers of a request that may name the caller's span. */
  headers?: IncomingHttpHeaders;
}

export interface Span {
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** An error, or the word for it. */
  fail(error: unknown): void;
  end(): void;
  /** Runs the work inside of this span: spans that it starts are below it. */
  run<T>(work: () => T): T;
  /** Listeners of the emitter run inside of this span too. */
  bind(emitter: EventEmitter): void;
}

export interface Tracer {
  start(name: string, options?: SpanOptions): Span;
  /** The span that runs at present; null outside of one, after its end, and in a trace that is not sampled. */
  active(): Span | null;
  /** For log lines. */
  ids(): { trace_id?: string; span_id?: string };
  /** Sends what is left. */
  stop(): Promise<void>;
}

let tracer: Tracer | null = null;

export const activeTracer = (): Tracer | null => tracer;
export const useTracer = (given: Tracer | null): void => void (tracer = given);

/** The span around this work, to which a fact is added; null when nothing is traced. */
export const activeSpan = (): Span | null => tracer?.active() ?? null;

/** Runs the work in a span of its own. */
export function traced<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  if (tracer === null) return work();
  const span = tracer.start(name, options);
  return span.run(async () => {
    try {
      return await work();
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      span.end();
    }
  });
}
