import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Teardown } from '../../src/platform/teardown.js';

const log = pino({ level: 'silent' });

describe('the teardown of a process', () => {
  test('stops serving, finishes what was accepted, records it, and closes what all used, whatever was added first', async () => {
    const teardown = new Teardown(log);
    const order: string[] = [];
    const step = (name: string) => async (): Promise<void> => {
      await Promise.resolve();
      order.push(name);
    };
    teardown.add('closing', step('database'));
    teardown.add('recording', step('numbering'));
    teardown.add('serving', step('hub'));
    teardown.add('finishing', step('inbox'));
    teardown.add('serving', step('sockets'));
    await teardown.run();
    // Of one phase the latest built begins first: sockets before the hub that they read from.
    expect(order).toEqual(['sockets', 'hub', 'inbox', 'numbering', 'database']);
  });

  test('goes on when a part fails, and runs no step twice', async () => {
    const teardown = new Teardown(log);
    let closed = 0;
    teardown.add('serving', () => Promise.reject(new Error('stuck')));
    teardown.add('serving', () => {
      throw new Error('broken');
    });
    teardown.add('closing', () => void (closed += 1));
    await teardown.run();
    await teardown.run();
    expect(closed).toBe(1);
  });
});
