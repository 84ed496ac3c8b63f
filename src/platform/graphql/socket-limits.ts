/** What one socket, person or address may take of a process before anything is executed. */
export interface SocketLimits {
  frameBytes: number;
  /** Before the acknowledgement nobody knows who is asking. */
  frameBytesBeforeAck: number;
  framesBeforeAck: number;
  initTimeoutMs: number;
  /** Unsent bytes above which a frame of the client closes the socket, before and after the acknowledgement. */
  unsentBytesBeforeAck: number;
  unsentBytes: number;
  /** A client may send this much at once, and then this much a second; above it the socket is read more slowly. */
  readBurstBytes: number;
  readBytesPerSecond: number;
  subscriptionsPerSocket: number;
  socketsPerPerson: number;
  socketsPerAddress: number;
  /** Sockets of one address that have not said who they are. */
  pendingPerAddress: number;
  pingMs: number;
  /** A ping also waits behind what the kernel still holds for a slow reader. */
  unansweredPings: number;
  /** Unsent bytes that make no progress for so long close the socket. */
  stallMs: number;
  /** How long a client has to answer the closing frame. */
  closeMs: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  frameBytes: 64 * 1024,
  frameBytesBeforeAck: 4 * 1024,
  framesBeforeAck: 16,
  initTimeoutMs: 5000,
  unsentBytesBeforeAck: 16 * 1024,
  unsentBytes: 1536 * 1024,
  readBurstBytes: 1024 * 1024,
  readBytesPerSecond: 256 * 1024,
  subscriptionsPerSocket: 50,
  socketsPerPerson: 20,
  socketsPerAddress: 200,
  pendingPerAddress: 64,
  pingMs: 20_000,
  unansweredPings: 2,
  stallMs: 30_000,
  closeMs: 1000,
};

/** A proxy that TRUST_PROXY does not announce makes everybody come from here. */
const LOOPBACK_FACTOR = 10;
const isLoopback = (address: string): boolean => address === '127.0.0.1' || address === '::1';

/** Counts by key, each up to a limit. */
export class Counts {
  private readonly counts = new Map<string, number>();

  /** False when the limit is reached; nothing is counted then. */
  take(key: string, limit: number): boolean {
    const count = this.counts.get(key) ?? 0;
    if (count >= limit) return false;
    this.counts.set(key, count + 1);
    return true;
  }

  release(key: string): void {
    const left = (this.counts.get(key) ?? 1) - 1;
    if (left > 0) this.counts.set(key, left);
    else this.counts.delete(key);
  }
}

/** The open sockets of a process, by address and by person. */
export class SocketCounts {
  private readonly addresses = new Counts();
  private readonly pending = new Counts();
  private readonly persons = new Counts();

  constructor(private readonly limits: SocketLimits) {}

  /** Answers the function that releases the slot, or null when the address has too many. */
  open(address: string): { identified(): void; closed(): void } | null {
    const factor = isLoopback(address) ? LOOPBACK_FACTOR : 1;
    if (!this.addresses.take(address, this.limits.socketsPerAddress * factor)) return null;
    if (!this.pending.take(address, this.limits.pendingPerAddress * factor)) {
      this.addresses.release(address);
      return null;
    }
    let isPending = true;
    const identified = (): void => {
      if (isPending) this.pending.release(address);
      isPending = false;
    };
    return {
      identified,
      closed: () => {
        identified();
        this.addresses.release(address);
      },
    };
  }

  takePerson(person: string): boolean {
    return this.persons.take(person, this.limits.socketsPerPerson);
  }

  releasePerson(person: string): void {
    this.persons.release(person);
  }
}

/** How fast one client may be read. A small frame costs as much work as a few hundred bytes. */
export class ReadBudget {
  private tokens: number;
  private atMs = performance.now();

  constructor(private readonly limits: Pick<SocketLimits, 'readBurstBytes' | 'readBytesPerSecond'>) {
    this.tokens = limits.readBurstBytes;
  }

  /** Milliseconds to wait before the next frame is read. */
  spend(bytes: number): number {
    const { readBurstBytes, readBytesPerSecond } = this.limits;
    const atMs = performance.now();
    this.tokens = Math.min(readBurstBytes, this.tokens + ((atMs - this.atMs) / 1000) * readBytesPerSecond);
    this.atMs = atMs;
    this.tokens -= Math.max(bytes, 256);
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens / readBytesPerSecond) * 1000);
  }
}
