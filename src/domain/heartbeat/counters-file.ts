import { type CounterBook, EMPTY_BOOK, type TrafficCounters, type WorkerCounters } from './counters.ts';

/** The longest text that is read as a counters file. It has room for some 20 000 listeners. */
const LONGEST_TEXT = 4 * 1024 * 1024;

/** The book when the previously reported counters are unknown. */
export const LOST_BOOK: CounterBook = { reported: new Map(), lost: 'all' };

/**
 * Reads `<base_path>/stats_counters.json`: `{LSN: {bin, bout, ereq, stot}}`. This agent adds the worker of these counters,
 * and the counters of draining workers: `{…, worker: PID, draining: {PID: {bin, bout, ereq, stot}}}`.
 * Without a file, every counter starts at zero. When the whole file is malformed, the result has `'all'` as lost. When
 * the entry of one listener is malformed, only that listener is lost.
 * @param text undefined when there is no file
 */
export function parseCounters(text: string | undefined): CounterBook {
  if (text === undefined) return EMPTY_BOOK;
  if (text.length > LONGEST_TEXT) return LOST_BOOK;
  const content = parseObject(text);
  if (content === undefined) return LOST_BOOK;
  const reported = new Map<string, WorkerCounters>();
  const lost = new Set<string>();
  for (const [listener, entry] of Object.entries(content)) {
    const counters = readEntry(entry);
    if (counters === undefined) lost.add(listener);
    else reported.set(listener, counters);
  }
  return { reported, lost };
}

/**
 * Writes the text of the file. A listener whose counters are lost gets an entry without counters, so that they stay lost
 * for the next agent.
 * @returns undefined while the set of lost listeners is unknown, because the existing file is then worth more
 */
export function serialiseCounters({ reported, lost }: CounterBook): string | undefined {
  if (lost === 'all') return undefined;
  const entries = [...reported].map(([listener, { draining, ...counters }]) => [
    listener,
    draining === undefined ? counters : { ...counters, draining: Object.fromEntries(draining) },
  ]);
  return JSON.stringify(Object.fromEntries([...entries, ...[...lost].map((listener) => [listener, {}])]));
}

function parseObject(text: string): object | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an entry. An entry with one malformed part is refused as a whole: without that part, traffic would count twice. */
function readEntry(entry: unknown): WorkerCounters | undefined {
  const counters = readCounters(entry);
  if (counters === undefined || typeof entry !== 'object' || entry === null) return undefined;
  const { worker, draining } = { worker: undefined, draining: undefined, ...entry };
  if (worker === undefined) return draining === undefined ? counters : undefined;
  if (!isCount(worker)) return undefined;
  if (draining === undefined) return { ...counters, worker };
  const workers = readDraining(draining);
  return workers && { ...counters, worker, draining: workers };
}

function readDraining(draining: unknown): Map<number, TrafficCounters> | undefined {
  if (typeof draining !== 'object' || draining === null) return undefined;
  const workers = new Map<number, TrafficCounters>();
  for (const [pid, entry] of Object.entries(draining)) {
    const counters = readCounters(entry);
    if (counters === undefined || !isCount(Number(pid))) return undefined;
    workers.set(Number(pid), counters);
  }
  return workers;
}

function readCounters(entry: unknown): TrafficCounters | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { bin, bout, ereq, stot } = { ...NOTHING, ...entry };
  if (!isCount(bin) || !isCount(bout) || !isCount(ereq) || !isCount(stot)) return undefined;
  return { bin, bout, ereq, stot };
}

const NOTHING: Readonly<Record<keyof TrafficCounters, unknown>> = {
  bin: undefined,
  bout: undefined,
  ereq: undefined,
  stot: undefined,
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
