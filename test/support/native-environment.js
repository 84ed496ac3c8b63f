import { TestEnvironment } from 'jest-environment-node';

const SHARED = [
  'Array ArrayBuffer BigInt Boolean Date Error Function Map Number Object Promise RangeError RegExp Set String Symbol',
  'SyntaxError TypeError Uint8Array URIError WeakMap WeakSet',
];

/** `expect` runs in a context and the tests outside of it (native-runtime.js): both must mean the same `String`. */
export default class NativeEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of SHARED.flatMap((line) => line.split(' '))) this.global[name] = globalThis[name];
  }
}
