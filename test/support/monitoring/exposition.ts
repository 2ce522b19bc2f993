import type { MetricsFormat } from '../../../src/domain/metrics/metrics-format.ts';

/** A sample as it stands in the text of metrics. */
export interface ShownSample {
  readonly name: string;
  /** `name="value"` in the order of the names, without `le` */
  readonly labels: string;
  /** the label of a bucket */
  readonly le: string | undefined;
  readonly value: number;
}

/** The text of metrics, read strictly. */
export interface Exposition {
  readonly samples: readonly ShownSample[];
  /** what the format forbids, in the order of the lines */
  readonly faults: readonly string[];
}

interface Family {
  readonly name: string;
  type?: string;
  help?: string;
  readonly samples: ShownSample[];
}

const META = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][\w:]*) (.*)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i;
const TYPES = new Set(['counter', 'gauge', 'histogram']);
const HISTOGRAM_PARTS = ['_bucket', '_sum', '_count'];

/**
 * Reads metrics by the rules of OpenMetrics 1.0, or of Prometheus' text 0.0.4, as far as the agent uses them: no time stamps, no
 * exemplars, no units. promtool of Debian reads 0.0.4 only, and less strictly.
 */
export function readExposition(text: string, format: MetricsFormat): Exposition {
  const faults: string[] = [];
  const families: Family[] = [];
  for (const line of linesOf(text, format, faults)) {
    const [, keyword, name = '', rest = ''] = META.exec(line) ?? [];
    if (keyword !== undefined) {
      const family = familyOfMeta(families, name, faults);
      addMeta(family, keyword, rest, faults);
    } else if (line.startsWith('#')) {
      faults.push(`a comment: ${line}`);
    } else addSample(families.at(-1), line, format, faults);
  }
  for (const family of families) faults.push(...familyFaults(family, format));
  const samples = families.flatMap((family) => family.samples);
  faults.push(
    ...repeated(families.map(({ name }) => name)).map((name) => `${name} has two families`),
    ...repeated(samples.map(keyOf)).map((key) => `${key} stands there twice`),
  );
  return { samples, faults };
}

/** Returns the lines with content. */
function linesOf(text: string, format: MetricsFormat, faults: string[]): string[] {
  if (!text.endsWith('\n')) faults.push('the last line has no end');
  const lines = text.replace(/\n$/, '').split('\n');
  if (format === 'prometheus') return lines.filter((line) => line !== '');
  if (lines.at(-1) !== '# EOF') faults.push('the last line is not # EOF');
  const content = lines.slice(0, -1);
  if (content.includes('')) faults.push('an empty line');
  return content.filter((line) => line !== '');
}

function familyOfMeta(families: Family[], name: string, faults: string[]): Family {
  const last = families.at(-1);
  if (last?.name === name) {
    if (last.samples.length > 0) faults.push(`${name}: metadata behind samples`);
    return last;
  }
  const family = { name, samples: [] };
  families.push(family);
  return family;
}

function addMeta(family: Family, keyword: string, text: string, faults: string[]): void {
  if (keyword === 'UNIT') return void faults.push(`${family.name}: a unit`);
  const field = keyword === 'TYPE' ? 'type' : 'help';
  if (family[field] !== undefined) faults.push(`${family.name}: two lines of ${keyword}`);
  family[field] = text;
}

function addSample(family: Family | undefined, line: string, format: MetricsFormat, faults: string[]): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  const pairs = labelsIn(labels);
  if (name === '' || pairs === undefined || !NUMBER.test(value))
    return void faults.push(`not a sample: ${line}`);
  if (family === undefined || !sampleNames(family, format).includes(name))
    return void faults.push(`${name} belongs to no family before it`);
  const names = pairs.map(([label]) => label);
  faults.push(...repeated(names).map((label) => `${name} has the label ${label} twice`));
  const others = pairs.filter(([label]) => label !== 'le' || !name.endsWith('_bucket'));
  family.samples.push({
    name,
    labels: others
      .map(([label, text]) => `${label}="${text}"`)
      .toSorted()
      .join(','),
    le: name.endsWith('_bucket') ? pairs.find(([label]) => label === 'le')?.[1] : undefined,
    value: Number(value.replace('Inf', 'Infinity')),
  });
}

/** Returns names and values; undefined for a text that is no list of labels. */
function labelsIn(text: string): [name: string, value: string][] | undefined {
  const pairs: [string, string][] = [];
  let end = 0;
  while (end < text.length) {
    LABEL.lastIndex = end;
    const found = LABEL.exec(text);
    if (found === null) return undefined;
    const [whole, name = '', value = ''] = found;
    pairs.push([name, value]);
    end += whole.length;
  }
  return text.endsWith(',') ? undefined : pairs;
}

/** Returns the names that the samples of a family may have. */
function sampleNames({ name, type }: Family, format: MetricsFormat): string[] {
  if (type === 'histogram') return HISTOGRAM_PARTS.map((part) => name + part);
  return [type === 'counter' && format === 'openmetrics' ? `${name}_total` : name];
}

function familyFaults(family: Family, format: MetricsFormat): string[] {
  const { name, type, help, samples } = family;
  const faults: string[] = [];
  if (type === undefined || !TYPES.has(type)) faults.push(`${name}: the type ${type}`);
  if (help === undefined || help === '') faults.push(`${name}: no help`);
  const isTotal = name.endsWith('_total');
  if (format === 'openmetrics' && isTotal) faults.push(`${name}: only samples end with _total`);
  if (format === 'prometheus' && isTotal !== (type === 'counter'))
    faults.push(`${name}: counters, and they alone, end with _total`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0)))
    faults.push(`${name}: a count below 0`);
  if (type === 'histogram') faults.push(...histogramFaults(family));
  return faults;
}

function histogramFaults({ name, samples }: Family): string[] {
  const sets = Map.groupBy(samples, ({ labels }) => labels);
  // the samples of one set of labels follow each other
  const order = samples.map(({ labels }) => labels).filter((labels, at, all) => labels !== all[at - 1]);
  const faults = repeated(order).map((labels) => `${name}{${labels}}: its samples are apart`);
  for (const [labels, own] of sets) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ le = '' }) => Number(le.replace('Inf', 'Infinity')));
    const counts = buckets.map(({ value }) => value);
    const numberOf = (part: string) => own.find((sample) => sample.name === name + part)?.value;
    const wrong = (what: string) => faults.push(`${name}{${labels}}: ${what}`);
    if (buckets.some(({ le }) => le === undefined || !isCanonical(le))) wrong('a bound is not canonical');
    if (!isRising(bounds) || bounds.at(-1) !== Infinity) wrong('the bounds do not rise to +Inf');
    if (!counts.every((count, at) => count >= (counts[at - 1] ?? 0))) wrong('the buckets do not add up');
    if (numberOf('_count') !== counts.at(-1)) wrong('the count is not that of the bucket +Inf');
    if (!((numberOf('_sum') ?? -1) >= 0)) wrong('no sum');
  }
  return faults;
}

/** OpenMetrics writes a bound as a fraction: 10.0 */
const isCanonical = (bound: string): boolean => bound === '+Inf' || /^\d+\.\d+$/.test(bound);
const isRising = (numbers: readonly number[]): boolean =>
  numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? number));

const keyOf = ({ name, labels, le }: ShownSample): string => `${name}{${labels}}${le ?? ''}`;
const repeated = (texts: readonly string[]): string[] => {
  const seen = new Set<string>();
  return [...new Set(texts.filter((text) => seen.size === seen.add(text).size))];
};

/** Returns the name and the labels of each sample, in both formats alike. */
export const sampleKeys = ({ samples }: Exposition): string[] => samples.map(keyOf).toSorted();
