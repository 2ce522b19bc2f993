/** A line of V8's `--trace-gc`: the isolate, and the heap in MB before and after. */
const COLLECTION = /^\[\d+:(0x[\da-f]+)\].*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB/gm;

/**
 * Returns the megabytes that the busiest isolate has allocated on its heap, by V8's log of its collections. What it has
 * allocated since the last one is missing.
 */
export function allocatedMb(log: string): number {
  const isolates = new Map<string, { allocated: number; after: number | undefined }>();
  for (const [, isolate = '', before, after] of log.matchAll(COLLECTION)) {
    const known = isolates.get(isolate) ?? { allocated: 0, after: undefined };
    isolates.set(isolate, known);
    known.allocated += known.after === undefined ? 0 : Math.max(0, Number(before) - known.after);
    known.after = Number(after);
  }
  return Math.max(0, ...[...isolates.values()].map(({ allocated }) => allocated));
}
