import { describe, expect, test } from '@jest/globals';
import { networkOf } from '../../src/identity/network.js';
import { delayAfter, judgeSignIn, type Failures } from '../../src/identity/throttle.js';

const none: Failures = { failures: 0, waitSeconds: 0, seen: false };
const failed = (failures: number, waitSeconds = 0): Failures => ({ failures, waitSeconds, seen: true });
const fresh = { pair: none, user: none, network: none, isKnownDevice: false };

describe('the delays of a sign-in', () => {
  test.each([
    [4, 0],
    [5, 2],
    [6, 4],
    [7, 8],
    [8, 16],
    [9, 30],
    [1_000_000, 30],
  ])('%i failures lead to a delay of %i s, never to a lock', (failures, seconds) => {
    expect(delayAfter(failures, 5)).toBe(seconds);
  });

  test.each([
    ['nothing failed', fresh, { kind: 'check' }],
    ['the pair waits', { ...fresh, pair: failed(5, 1.5) }, { kind: 'wait', waitSeconds: 1.5 }],
    ['the delay of the pair is over', { ...fresh, pair: failed(9) }, { kind: 'check' }],
    [
      'the account is guessed at from elsewhere',
      { ...fresh, user: failed(12) },
      { kind: 'check-known', waitSeconds: 8 },
    ],
    ['and this network has knocked', { ...fresh, user: failed(99), pair: failed(0) }, { kind: 'check' }],
    ['the network guesses at accounts', { ...fresh, network: failed(25, 9) }, { kind: 'check-known', waitSeconds: 9 }],
    [
      'a known device behind the same network',
      { pair: none, user: failed(99), network: failed(99, 30), isKnownDevice: true },
      { kind: 'check' },
    ],
    [
      'a known device that guesses itself',
      { pair: failed(9, 3), user: none, network: none, isKnownDevice: true },
      { kind: 'wait', waitSeconds: 3 },
    ],
  ])('when %s', (_name, state, verdict) => {
    expect(judgeSignIn(state)).toEqual(verdict);
  });
});

describe('what counts as one network', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['[2001:db8:1:2::9]', '2001:db8:1:2::/64'],
    ['unknown', 'unknown'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
