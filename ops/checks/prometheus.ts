import { check, type Check } from './check.js';

interface QueryAnswer {
  status?: string;
  error?: string;
  data?: { result?: { value?: [number, string] }[] };
}

const OF_CALLERS = 'route=~"/graphql|/api/zoho/webhooks|/api/products|/files"';
const QUERIES = {
  p95: `histogram_quantile(0.95, sum by (le) (rate(tsh_http_request_seconds_bucket{${OF_CALLERS}}[7d])))`,
  average: `sum(rate(tsh_http_request_seconds_sum{${OF_CALLERS}}[7d])) / sum(rate(tsh_http_request_seconds_count{${OF_CALLERS}}[7d]))`,
  failed: `sum(rate(tsh_http_request_seconds_count{${OF_CALLERS},status=~"5.."}[7d])) / sum(rate(tsh_http_request_seconds_count{${OF_CALLERS}}[7d]))`,
};
const TARGET_AVERAGE_SECONDS = 0.2;
const TARGET_FAILED = 0.01;
const TIMEOUT_MS = 20_000;

async function query(url: string, expression: string): Promise<number | null> {
  const response = await fetch(`${url.replace(/\/$/, '')}/api/v1/query?${new URLSearchParams({ query: expression })}`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = (await response.json()) as QueryAnswer;
  if (answer.status !== 'success') throw new Error(`Prometheus: ${answer.error ?? response.status}`);
  const value = Number(answer.data?.result?.[0]?.value?.[1]);
  return Number.isFinite(value) ? value : null;
}

/** How the API did over the week, as its callers saw it. */
export function readPrometheus(url: string): Promise<Check> {
  return check('API of the week', async () => {
    const [p95, average, failed] = await Promise.all([
      query(url, QUERIES.p95),
      query(url, QUERIES.average),
      query(url, QUERIES.failed),
    ]);
    if (p95 === null || average === null)
      return { state: 'warning', detail: 'Prometheus has no requests of this week.' };
    const share = failed ?? 0;
    const missed = average > TARGET_AVERAGE_SECONDS || share > TARGET_FAILED;
    const ms = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;
    return {
      state: missed ? 'warning' : 'ok',
      detail: `${ms(average)} on average (target ${ms(TARGET_AVERAGE_SECONDS)}), ${ms(p95)} at p95, ${(share * 100).toFixed(2)} % failed.`,
    };
  });
}
