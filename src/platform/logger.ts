import { pino, stdSerializers, stdTimeFunctions, type Logger, type LoggerOptions } from 'pino';
import { activeTracer } from './tracing/tracer.js';

export type { Logger };

/**
 * Structured logs, one JSON object for each line, with secrets removed. Where traces are on, a line that a request or a
 * job writes names its trace.
 */
export const createLogger = (level: string, role: string, version: string): Logger =>
  pino(loggerOptions(level, role, version));

export function loggerOptions(level: string, role: string, version: string): LoggerOptions {
  const tracer = activeTracer();
  return {
    level,
    ...(tracer ? { mixin: () => tracer.ids() } : {}),
    base: { role, version, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'password',
        'token',
        'secret',
        'authorization',
        'accessToken',
        'refreshToken',
        '*.password',
        '*.token',
        '*.secret',
        '*.authorization',
        '*.accessToken',
        '*.refreshToken',
        'headers.authorization',
        'headers.cookie',
        'headers["x-api-key"]',
      ],
      censor: '[redacted]',
    },
    serializers: { err: stdSerializers.err },
  };
}
