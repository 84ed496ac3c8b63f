import { statSync } from 'node:fs';

/**
 * The order of the test files: those that take a minute first, so that no worker is left alone with one at the end; then
 * the larger ones. Jest's own order knows the times of the last run only, and a fresh checkout has none.
 */
const LONGEST = [
  'hostile/hostile.test.ts',
  'documents/histories.test.ts',
  'documents/books.test.ts',
  'ops/deploy-bad-release.test.ts',
  'processes.test.ts',
  'ops/deploy-recorded.test.ts',
  'ops/backup.test.ts',
  'ops/backup-restore.test.ts',
  'typed-answers.test.ts',
  'crash.test.ts',
  'config.test.ts',
];

const rankOf = ({ path }) => {
  const rank = LONGEST.findIndex((name) => path.endsWith(`/test/${name}`));
  return rank < 0 ? LONGEST.length : rank;
};

export default class LongestFirst {
  shard(tests, { shardIndex, shardCount }) {
    return tests.filter((_, index) => index % shardCount === shardIndex - 1);
  }

  sort(tests) {
    const sizeOf = new Map(tests.map((test) => [test, statSync(test.path).size]));
    return [...tests].sort((a, b) => rankOf(a) - rankOf(b) || sizeOf.get(b) - sizeOf.get(a));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // Nothing is remembered: the order is the same on every machine.
  }
}
