import type { GraphQLError } from 'graphql';
import { type Message, msg } from '../../kernel/message.js';
import { refusal } from './refusal.js';

/**
 * The cursor that a client holds is epoch and seq. A cursor of another epoch, above the head, or older than what is kept
 * answers RESYNC_REQUIRED: the client takes a snapshot by query and subscribes again.
 */
export function encodeCursor(epoch: string, seq: number): string {
  return Buffer.from(`${epoch}:${seq}`).toString('base64url');
}

export function decodeCursor(cursor: string): { epoch: string; seq: number } | null {
  const match = /^([0-9a-f-]{36}):(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  return match ? { epoch: match[1] as string, seq: Number(match[2]) } : null;
}

export const resyncRequired = (reason: Message): GraphQLError =>
  refusal('RESYNC_REQUIRED', msg`${reason} Read the state by query, then subscribe again without a cursor.`);
