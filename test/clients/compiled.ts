import { setTimeout as delay } from 'node:timers/promises';

const COUNTER = /^tsh_graphql_compiled_requests_total\{door="cache"\} (\d+)/m;

/** How many requests were answered by a compiled query in front of Express since the process started. */
export async function countCompiled(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  if (!text.includes('tsh_graphql_compiled_requests_total'))
    throw new Error('/metrics does not count compiled queries.');
  return Number(COUNTER.exec(text)?.[1] ?? 0);
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
