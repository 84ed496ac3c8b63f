import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Span as OtelSpan } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../../config.js';
import { classOf } from '../../kernel/errors.js';
import { useTracer, type Span, type SpanOptions, type Tracer } from './tracer.js';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
} as const;

const FLUSH_MS = 3000;

/** What names the process in its traces. */
export interface TracedProcess {
  version: string;
  role: string;
  slot: string | null;
  environment: string;
}

/** Sends spans to an OTLP/HTTP collector, in batches; one that does not answer costs spans and nothing else. */
export function startTracing(config: TracingConfig, about: TracedProcess): Tracer {
  const ratio = new TraceIdRatioBasedSampler(config.sampleRatio);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': config.serviceName,
      'service.version': about.version,
      'deployment.environment.name': about.environment,
      'tsh.role': about.role,
      ...(about.slot === null ? {} : { 'tsh.slot': about.slot }),
    }),
    // A caller may name their trace; how much is recorded is not for them to decide.
    sampler: new ParentBasedSampler({ root: ratio, remoteParentSampled: ratio, remoteParentNotSampled: ratio }),
    spanLimits: { attributeValueLengthLimit: 2000 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({
          url: `${config.endpoint.replace(/\/$/, '')}/v1/traces`,
          headers: { ...config.headers },
          timeoutMillis: FLUSH_MS,
        }),
      }),
    ],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  const propagator = new W3CTraceContextPropagator();
  const otel = provider.getTracer('tsh-erp');

  const parentOf = ({ root, headers }: SpanOptions): Context => {
    if (root) return ROOT_CONTEXT;
    if (!headers) return contexts.active();
    return propagator.extract(ROOT_CONTEXT, headers, {
      get: (carrier: NonNullable<SpanOptions['headers']>, key) => carrier[key],
      keys: (carrier: NonNullable<SpanOptions['headers']>) => Object.keys(carrier),
    });
  };

  const spanOf = (span: OtelSpan, context: Context): Span => ({
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes),
    // The class only: a message may quote what a client sent.
    fail: (error) => {
      span.setAttribute('error.type', typeof error === 'string' ? error : classOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
    run: (work) => contexts.with(context, work),
    bind: (emitter) => void contexts.bind(context, emitter),
  });

  const running = (): OtelSpan | null => {
    const span = trace.getSpan(contexts.active());
    return span?.isRecording() ? span : null;
  };

  const tracer: Tracer = {
    start(name, options = {}) {
      const parent = parentOf(options);
      const kind = KINDS[options.kind ?? 'internal'];
      const span = otel.startSpan(name, { kind, attributes: { ...options.attributes } }, parent);
      return spanOf(span, trace.setSpan(parent, span));
    },
    active() {
      const span = running();
      return span && spanOf(span, contexts.active());
    },
    ids() {
      const span = running();
      if (!span) return {};
      const { traceId, spanId } = span.spanContext();
      return { trace_id: traceId, span_id: spanId };
    },
    async stop() {
      useTracer(null);
      await provider.shutdown().catch(() => undefined);
      contexts.disable();
    },
  };
  useTracer(tracer);
  return tracer;
}
