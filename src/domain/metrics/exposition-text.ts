import type { MetricsFormat } from './metrics-format.ts';

/** Least size of a chunk, except for the last one: characters. */
const CHUNK = 32_768;
/** Most objects whose lines are made at once: some 200 kB of text. */
const BATCH = 1024;

/** One metric of many objects. */
export interface ObjectMetric<Item> {
  /** without `_total` */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** the samples that each object has */
  readonly samples: readonly ObjectSample<Item>[];
}

export interface ObjectSample<Item> {
  /** @returns undefined for an object without this sample */
  readonly measured: (item: Item) => number | string | undefined;
  /** Returns the end of the line of a measured value, after the labels of the object: `,kind="x"} 3` or `} 3`. */
  readonly endOf: (measured: number | string) => string;
}

/**
 * Makes the text of metrics about many objects, in chunks. prom-client needs an object for each sample: 18 000 samples cost
 * it 60 ms and 70 MB, with V8's compiler. The installed agent runs without the compiler. So the lines of all objects with the
 * same value are joined by the one call that is fast there.
 * @param labelsOf returns the labels of an object: `name="value",…`
 */
export function* expositionText<Item>(
  items: readonly Item[],
  labelsOf: (item: Item) => string,
  metrics: readonly ObjectMetric<Item>[],
  format: MetricsFormat,
): Generator<Buffer> {
  const labels = items.map(labelsOf);
  let pending = '';
  for (const { name, help, type, samples } of metrics) {
    const sampleName = type === 'counter' ? `${name}_total` : name;
    const headName = format === 'openmetrics' ? name : sampleName;
    pending += `# HELP ${headName} ${help}\n# TYPE ${headName} ${type}\n`;
    for (const makeLines of samples.flatMap((sample) => linesOf(sampleName, sample, items, labels))) {
      const lines = makeLines();
      if (pending.length + lines.length < CHUNK) {
        pending += lines;
        continue;
      }
      // on their own, because a joined text would be copied once more
      if (pending !== '') yield Buffer.from(pending);
      yield Buffer.from(lines);
      pending = '';
    }
  }
  yield Buffer.from(format === 'openmetrics' ? `${pending}# EOF\n` : pending);
}

/** Returns functions that make the lines of some objects each. The objects are grouped by the value. */
function linesOf<Item>(
  name: string,
  { measured, endOf }: ObjectSample<Item>,
  items: readonly Item[],
  labels: readonly string[],
): (() => string)[] {
  const groups = new Map<number | string, string[]>();
  let at = 0;
  for (const item of items) {
    const value = measured(item);
    const own = labels[at] ?? '';
    at += 1;
    if (value === undefined) continue;
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [own]);
    else group.push(own);
  }
  return [...groups].flatMap(([value, group]) => {
    const [start, end] = [`${name}{`, `${endOf(value)}\n`];
    const batches = Array.from({ length: Math.ceil(group.length / BATCH) }, (_, index) => index * BATCH);
    return batches.map((from) => () => joined(group.slice(from, from + BATCH), start, end));
  });
}

/** Returns each text between `start` and `end`, in a single copy. */
function joined(texts: string[], start: string, end: string): string {
  texts[0] = start + texts[0];
  texts.push(texts.pop() + end);
  return texts.join(end + start);
}

const RESERVED = /[\\\n"]/;

/** Returns a value of a label as the text formats write it between quotes. */
export const labelValue = (value: string): string =>
  RESERVED.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
    : value;
