/** Who sends it; `index` picks one of several users of the kind. */
export interface Sender {
  kind: 'stranger' | 'consumer' | 'client' | 'staff';
  index: number;
}

interface Common {
  /** What was tried, in a few words. */
  family: string;
  sender: Sender;
}

/** One request over a kept connection. The body is base64, because many are no text. */
export interface HttpRequest extends Common {
  kind: 'http';
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  /** How often it is sent, one after the other: a repeated query takes the compiled path. */
  times: number;
}

/** Bytes on a fresh connection, base64: what no well-behaved HTTP library would send. */
export interface RawRequest extends Common {
  kind: 'raw';
  bytes: string;
}

/** A WebSocket: the handshake, then these steps in order. */
export interface SocketRequest extends Common {
  kind: 'socket';
  protocol: string | null;
  headers: Record<string, string>;
  /** `init` is connection_init with the sender's token; anything else a whole frame, base64. */
  steps: ('init' | { frame: string })[];
}

export type HostileRequest = HttpRequest | RawRequest | SocketRequest;

export const base64 = (content: string | Buffer): string => Buffer.from(content).toString('base64');
