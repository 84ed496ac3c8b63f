import 'reflect-metadata';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Runtime from 'jest-runtime';
import { use } from './test-globals.js';

const GLOBALS = import.meta.resolve('./test-globals.js');

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals' ? { url: GLOBALS, shortCircuit: true } : next(specifier, context),
});

let loaded = 0;

/**
 * Jest's runtime, but Node itself loads a test file, as `tsc` has compiled it into `dist`, and not into a context of its
 * own. A context loads the application's 2,500 modules again for each test file, which cost two seconds a file and threw
 * away what was compiled. Modules live as long as the worker: a test file must not leave state in one.
 */
export default class NativeRuntime extends Runtime {
  #root;
  #environment;

  constructor(config, environment, ...rest) {
    super(config, environment, ...rest);
    this.#root = config.rootDir;
    this.#environment = environment;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(file) {
    use(this.#environment.global);
    const compiled = path.join(this.#root, 'dist', path.relative(this.#root, file)).replace(/\.ts$/, '.js');
    loaded += 1;
    return import(`${pathToFileURL(compiled).href}?file=${loaded}`);
  }
}
