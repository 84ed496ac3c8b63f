import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { messageOf } from '../../kernel/errors.js';

/**
 * The processes of one API share a port, so a scrape reaches any of them. Whichever it reaches asks the primary, which
 * adds up the figures of all: otherwise a counter would seem to fall and rise from scrape to scrape.
 */
const QUESTION = 'tsh:metrics:question';
const ANSWER = 'tsh:metrics:answer';

interface Question {
  type: typeof QUESTION;
  id: number;
}

interface Answer {
  type: typeof ANSWER;
  id: number;
  text: string | null;
  fault: string | null;
}

const isOfType = (message: unknown, type: string): boolean =>
  typeof message === 'object' && message !== null && (message as { type?: unknown }).type === type;

/** In the primary: answers each of its processes with the figures of all of them. */
export function serveClusterMetrics(): void {
  const aggregator = new AggregatorRegistry();
  cluster.on('message', (child, message: unknown) => {
    if (!isOfType(message, QUESTION)) return;
    const { id } = message as Question;
    const answer = (text: string | null, fault: string | null): void => {
      const sent: Answer = { type: ANSWER, id, text, fault };
      // Whoever asked may have ended by now.
      if (child.isConnected()) child.send(sent, () => undefined);
    };
    aggregator.clusterMetrics().then(
      (text) => answer(text, null),
      (error: unknown) => answer(null, messageOf(error)),
    );
  });
}

/** Reads the figures of this process, or of all processes when it is one of several. */
export function createMetricsReader(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics();
  AggregatorRegistry.setRegistries(registry);
  // Its constructor makes this process answer the primary.
  new AggregatorRegistry();
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  process.on('message', (message: unknown) => {
    if (!isOfType(message, ANSWER)) return;
    const answer = message as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return async () => {
    const id = (last += 1);
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    process.send?.({ type: QUESTION, id } satisfies Question);
    const { text, fault } = await answered;
    if (text === null) throw new Error(`The figures of the other processes are missing: ${fault ?? 'no reason given'}`);
    return text;
  };
}
