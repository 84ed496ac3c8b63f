import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { unavailable } from '../kernel/errors.js';
import { msg } from '../kernel/message.js';
import type { PrintJob } from './print-job.js';
import type { Rendered } from './render-thread.js';

export interface PressLimits {
  /** Papers that are made at once. */
  threads: number;
  /** Papers that may wait beside them. */
  waiting: number;
  /** A paper that takes longer ends its thread. */
  timeoutMs: number;
  /** A thread without work ends. */
  idleMs: number;
}

const LIMITS: PressLimits = { threads: 2, waiting: 40, timeoutMs: 30_000, idleMs: 60_000 };
const MEMORY = { maxOldGenerationSizeMb: 256 };

interface Job {
  work: PrintJob;
  signal: AbortSignal | undefined;
  resolve(bytes: Uint8Array): void;
  reject(error: unknown): void;
}

const tooMany = (cause?: unknown): Error => unavailable(msg`Too many papers are being printed. Try again.`, 2, cause);

/**
 * Makes papers beside the event loop: one takes about 15 ms, 200 lines 100 ms, a statement of 5,000 lines a second. Threads
 * start when there is work for them.
 */
export class Press {
  private readonly limits: PressLimits;
  private readonly waiting: Job[] = [];
  private readonly idle = new Map<Worker, NodeJS.Timeout>();
  private readonly all = new Set<Worker>();
  private closed = false;

  constructor(limits: Partial<PressLimits> = {}) {
    this.limits = { ...LIMITS, ...limits };
  }

  /** The PDF of a document. Throws UNAVAILABLE when too many wait, or the thread fails. */
  print(work: PrintJob, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.closed || this.waiting.length >= this.limits.waiting) return Promise.reject(tooMany());
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, signal, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.waiting.splice(0)) reject(tooMany());
    for (const timer of this.idle.values()) clearTimeout(timer);
    await Promise.all([...this.all].map((thread) => thread.terminate()));
  }

  private next(): void {
    while (this.waiting.length > 0) {
      const thread = this.freeThread();
      if (!thread) return;
      const job = this.waiting.shift() as Job;
      if (job.signal?.aborted) {
        job.reject(job.signal.reason);
        this.rest(thread);
      } else {
        this.run(thread, job);
      }
    }
  }

  private freeThread(): Worker | null {
    const [free] = this.idle;
    if (free) {
      const [thread, timer] = free;
      clearTimeout(timer);
      this.idle.delete(thread);
      return thread;
    }
    if (this.all.size >= this.limits.threads) return null;
    const thread = new Worker(createRequire(import.meta.url).resolve('#paper-thread'), { resourceLimits: MEMORY });
    thread.unref();
    this.all.add(thread);
    thread.once('exit', () => {
      this.all.delete(thread);
      clearTimeout(this.idle.get(thread));
      this.idle.delete(thread);
    });
    return thread;
  }

  private rest(thread: Worker): void {
    if (this.closed || !this.all.has(thread)) return;
    const timer = setTimeout(() => {
      this.idle.delete(thread);
      void thread.terminate();
    }, this.limits.idleMs).unref();
    this.idle.set(thread, timer);
  }

  private run(thread: Worker, job: Job): void {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      thread.off('message', onMessage);
      thread.off('error', onError);
      thread.off('exit', onExit);
      settle();
      this.rest(thread);
      this.next();
    };
    const onMessage = (rendered: Rendered): void =>
      end(() =>
        'bytes' in rendered ? job.resolve(rendered.bytes) : job.reject(new Error(`A paper failed: ${rendered.fault}`)),
      );
    const onError = (error: unknown): void => {
      this.all.delete(thread);
      end(() => job.reject(tooMany(error)));
    };
    const onExit = (): void => onError(new Error('The thread that made a paper has ended.'));
    const timer = setTimeout(() => void thread.terminate(), this.limits.timeoutMs);
    thread.on('message', onMessage);
    thread.on('error', onError);
    thread.on('exit', onExit);
    thread.postMessage(job.work);
  }
}
