/** What Prometheus reads, as far as the watch needs it: counters, gauges and the buckets of histograms. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(?:^|,)([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(LABEL)].map((one) => [one[1] ?? '', one[2] ?? '']));
    samples.push({ name: match[1] ?? '', labels, value: Number(match[3]) });
  }
  return samples;
}

type Wanted = Readonly<Record<string, string | RegExp>>;

const fits = ({ labels }: Sample, wanted: Wanted): boolean =>
  Object.entries(wanted).every(([key, value]) => {
    const label = labels[key] ?? '';
    return typeof value === 'string' ? label === value : value.test(label);
  });

/** Null when there is no such series. */
export function sum(samples: readonly Sample[], name: string, wanted: Wanted): number | null {
  const found = samples.filter((sample) => sample.name === name && fits(sample, wanted));
  return found.length === 0 ? null : found.reduce((total, { value }) => total + value, 0);
}

const keyOf = ({ name, labels }: Sample): string => `${name}${JSON.stringify(Object.entries(labels).sort())}`;

/** What counters have grown by. A process that began anew counts from zero. */
export function difference(before: readonly Sample[], now: readonly Sample[]): Sample[] {
  const former = new Map(before.map((sample) => [keyOf(sample), sample.value]));
  return now.map((sample) => {
    const was = former.get(keyOf(sample)) ?? 0;
    return { ...sample, value: sample.value >= was ? sample.value - was : sample.value };
  });
}

/**
 * The upper end of the bucket that holds the quantile, over all series of the histogram, as Prometheus has it: the last
 * finite end where the quantile lies above all of them. Null without observations.
 */
export function quantile(samples: readonly Sample[], share: number): number | null {
  const buckets = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (!name.endsWith('_bucket')) continue;
    const le = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
    buckets.set(le, (buckets.get(le) ?? 0) + value);
  }
  const total = buckets.get(Infinity) ?? 0;
  if (total === 0) return null;
  const sorted = [...buckets].filter(([end]) => Number.isFinite(end)).sort(([a], [b]) => a - b);
  return (sorted.find(([, count]) => count >= total * share) ?? sorted.at(-1))?.[0] ?? null;
}
