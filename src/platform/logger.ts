import { pino, stdSerializers, stdTimeFunctions, type Logger } from 'pino';

export type { Logger };

/** Structured logs, one JSON object for each line, with secrets removed. */
export function createLogger(level: string, role: string, version: string): Logger {
  return pino({
    level,
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
  });
}
