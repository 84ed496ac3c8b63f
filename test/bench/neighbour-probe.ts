import { Agent, request } from 'node:http';

/**
 * A second user in a process of its own, so that the attacker's work in this machine's other process does not count as
 * waiting: asks one light query after the other and tells what each took, in milliseconds.
 */
export interface ProbeOrder {
  port: number;
  token: string;
  address: string;
  query: string;
  pauseMs: number;
}
/** `accepted` are the latencies of the answers that were no refusal and no failure. */
export type ProbeReport = { latencies: number[]; accepted: number[]; failures: string[] };

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const PATIENCE_MS = 30_000;

function ask(order: ProbeOrder): Promise<{ ms: number; failure: string | null }> {
  const body = JSON.stringify({ query: order.query });
  const begun = performance.now();
  return new Promise((resolve) => {
    const end = (failure: string | null): void => resolve({ ms: performance.now() - begun, failure });
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port: order.port,
        method: 'POST',
        path: '/graphql',
        timeout: PATIENCE_MS,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          authorization: `Bearer ${order.token}`,
          'x-forwarded-for': order.address,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('end', () =>
          end(
            response.statusCode === 200 && !text.includes('"errors"')
              ? null
              : `${response.statusCode} ${text.slice(0, 300)}`,
          ),
        );
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('no answer in 30 s')));
    sent.once('error', (error) => end(error.message));
    sent.end(body);
  });
}

let report: ProbeReport = { latencies: [], accepted: [], failures: [] };
let asking: Promise<unknown> = Promise.resolve();
let resume: (() => void) | null = null;
let resumed: Promise<void> = Promise.resolve();

process.on('message', (message: { start: ProbeOrder } | 'collect' | 'pause' | 'resume') => {
  if (message === 'collect') {
    process.send?.(report);
    report = { latencies: [], accepted: [], failures: [] };
  } else if (message === 'pause') {
    resumed = new Promise((resolve) => (resume = resolve));
    void asking.then(() => process.send?.('paused'));
  } else if (message === 'resume') {
    resume?.();
  } else {
    void run(message.start);
  }
});

async function run(order: ProbeOrder): Promise<void> {
  for (;;) {
    await resumed;
    const asked = ask(order);
    asking = asked;
    const { ms, failure } = await asked;
    report.latencies.push(ms);
    if (failure === null) report.accepted.push(ms);
    else if (report.failures.length < 20) report.failures.push(failure);
    await new Promise((resolve) => setTimeout(resolve, order.pauseMs));
  }
}
