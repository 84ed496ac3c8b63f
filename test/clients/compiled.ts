import { setTimeout as delay } from 'node:timers/promises';

const COUNTER = /^graphql_compiled_requests_total(?:\{[^}]*\})? (\d+)/gm;

/** How many requests the compiled path has answered since the process started. */
export async function countCompiled(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = [...text.matchAll(COUNTER)];
  if (samples.length === 0) throw new Error('/metrics does not know graphql_compiled_requests_total.');
  return samples.reduce((sum, [, value]) => sum + Number(value), 0);
}

const DEADLINE_MS = 20_000;

/**
 * Repeats a request until it is compiled, which may happen in the background, and then tells how many of `rounds`
 * further ones the compiled path has answered. Nothing else may ask the server meanwhile.
 */
export async function countCompiledOf(url: string, ask: () => Promise<unknown>, rounds: number): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const before = await countCompiled(url);
    await ask();
    if ((await countCompiled(url)) > before) break;
    if (performance.now() - begun > DEADLINE_MS) return 0;
    await delay(50);
  }
  const before = await countCompiled(url);
  for (let round = 0; round < rounds; round += 1) await ask();
  return (await countCompiled(url)) - before;
}
