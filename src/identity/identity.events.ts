import { defineEvent } from '../platform/events.js';

export const sessionStarted = defineEvent<{ userId: string }>('sessionStarted', 'session');
/** Sockets of the session close and its cached viewer is dropped, in every process. */
export const sessionEnded = defineEvent<{ userId: string; reason: string }>('sessionEnded', 'session');
export const userChanged = defineEvent<Record<string, never>>('userChanged', 'user');
export const apiKeyRevoked = defineEvent<Record<string, never>>('apiKeyRevoked', 'apiKey');
