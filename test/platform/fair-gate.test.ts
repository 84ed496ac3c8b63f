import { describe, expect, test } from '@jest/globals';
import { createFairGate, type FairGate, type FairGateOptions } from '../../src/platform/fair-gate.js';

/** Works that end when the test says so, on a clock that the test moves. */
function setUp(options: Partial<FairGateOptions> = {}) {
  let at = 10_000;
  const gate: FairGate = createFairGate({
    total: 4,
    perSubject: 2,
    waitingPerSubject: 3,
    burst: 3,
    queue: 1,
    standingMs: 100,
    clock: () => at,
    ...options,
  });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const send = (subject: string, name: string, signal?: AbortSignal): Promise<string> =>
    gate.run(
      subject,
      signal,
      () =>
        new Promise((resolve) => {
          started.push(name);
          ends.set(name, () => resolve(name));
        }),
    );
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { gate, send, end, started, pass: (ms: number) => void (at += ms) };
}

describe('slots shared between subjects', () => {
  test('a subject that sends many is no obstacle to one that sends one', async () => {
    const { send, end, started } = setUp();
    const all = [1, 2, 3, 4, 5].map((n) => send('greedy', `g${n}`));
    const one = send('modest', 'm1');
    expect(started).toEqual(['g1', 'g2', 'm1']);
    await end('g1');
    expect(started).toEqual(['g1', 'g2', 'm1', 'g3']);
    for (const name of ['m1', 'g2', 'g3', 'g4', 'g5']) await end(name);
    expect(await Promise.all([...all, one])).toEqual(['g1', 'g2', 'g3', 'g4', 'g5', 'm1']);
  });

  test('free slots go round the subjects that wait', async () => {
    const { send, end, started } = setUp({ total: 2, perSubject: 2 });
    const works = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => send(name.charAt(0), name));
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) await end(name);
    await Promise.all(works);
    expect(started).toEqual(
      ['a1', 'a2', 'b1', 'a3', 'c1', 'b2'].sort((x, y) => started.indexOf(x) - started.indexOf(y)),
    );
    // Nobody's second waiting work came before everybody's first.
    expect(started.indexOf('b1')).toBeLessThan(started.indexOf('b2'));
    expect(started.indexOf('c1')).toBeLessThan(started.indexOf('b2'));
  });

  test('a subject with a full queue is refused with THROTTLED and told when to come back', async () => {
    const { send, end } = setUp();
    const works = [1, 2, 3, 4, 5].map((n) => send('a', `a${n}`));
    await expect(send('a', 'a6')).rejects.toMatchObject({ code: 'THROTTLED', details: { retryAfterSeconds: 1 } });
    for (const n of [1, 2, 3, 4, 5]) await end(`a${n}`);
    await Promise.all(works);
  });

  test('a burst waits; while a queue stands, whoever cannot start at once is refused with UNAVAILABLE', async () => {
    const { send, end, gate, pass } = setUp({ total: 1, perSubject: 2 });
    const works = [send('a', 'a1'), send('b', 'b1'), send('c', 'c1'), send('d', 'd1')];
    await expect(send('f', 'f1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    // After a refusal the queue is short until a second has passed without one.
    await end('a1');
    await expect(send('f', 'f2')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    for (const name of ['b1', 'c1', 'd1']) await end(name);
    pass(1001);
    works.push(send('a', 'a2'), send('b', 'b2'), send('c', 'c2'));
    // Somebody has been waiting for longer than a burst takes.
    pass(101);
    await expect(send('f', 'f3')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    for (const name of ['a2', 'b2', 'c2']) await end(name);
    await Promise.all(works);
    expect(gate.stats()).toEqual({ running: 0, waiting: 0, refused: 3 });
    const again = send('f', 'f4');
    await end('f4');
    expect(await again).toBe('f4');
  });

  test('one subject that waits behind itself makes the gate full for nobody else', async () => {
    const { send, end, gate } = setUp({ total: 3, perSubject: 2, waitingPerSubject: 100 });
    const works = Array.from({ length: 50 }, (_, n) => send('a', `a${n}`));
    expect(gate.isFull()).toBe(false);
    const other = send('b', 'b1');
    await end('b1');
    expect(await other).toBe('b1');
    for (let n = 0; n < 50; n += 1) await end(`a${n}`);
    await Promise.all(works);
  });

  test('a work whose caller has gone is dropped without being started', async () => {
    const { send, end, started, gate } = setUp({ total: 1, perSubject: 1 });
    const first = send('a', 'a1');
    const gone = new AbortController();
    const waiting = send('b', 'b1', gone.signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(send('b', 'b2', gone.signal)).rejects.toThrow('gone');
    await end('a1');
    expect([await first, started, gate.stats()]).toEqual(['a1', ['a1'], { running: 0, waiting: 0, refused: 0 }]);
  });

  test('a work that throws, even before it answers a promise, gives its slot back', async () => {
    const { gate } = setUp({ total: 1, perSubject: 1 });
    await expect(gate.run('a', undefined, () => Promise.reject(new Error('later')))).rejects.toThrow('later');
    await expect(
      gate.run('a', undefined, () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(gate.stats().running).toBe(0);
  });
});
