import { type CounterBook, EMPTY_BOOK, type TrafficCounters, type WorkerCounters } from './counters.ts';

/** Longest text that can be a counters file: room for some 20 000 listeners. */
const LONGEST_TEXT = 4 * 1024 * 1024;

/** Nothing is known about what was told before. */
export const LOST_BOOK: CounterBook = { told: new Map(), lost: 'all' };

/**
 * Reads `<base_path>/stats_counters.json`: `{LSN: {bin, bout, ereq, stot}}` (contract section 9), to which this agent adds whose
 * these are, and the same of other workers: `{…, worker: PID, draining: {PID: {bin, bout, ereq, stot}}}`.
 * Without a file everything counts from zero. A file that isn't what it should be is `'all'` lost; a listener whose
 * entry isn't what it should be is lost alone.
 * @param text undefined where there is no file
 */
export function parseCounters(text: string | undefined): CounterBook {
  if (text === undefined) return EMPTY_BOOK;
  if (text.length > LONGEST_TEXT) return LOST_BOOK;
  const content = parseObject(text);
  if (content === undefined) return LOST_BOOK;
  const told = new Map<string, WorkerCounters>();
  const lost = new Set<string>();
  for (const [listener, entry] of Object.entries(content)) {
    const counters = readEntry(entry);
    if (counters === undefined) lost.add(listener);
    else told.set(listener, counters);
  }
  return { told, lost };
}

/**
 * The text of the file. A listener whose counters are lost has an entry without any, so that they are still lost to the next
 * agent.
 * @returns undefined where it isn't known whose are: the file is better left as it is
 */
export function serialiseCounters({ told, lost }: CounterBook): string | undefined {
  if (lost === 'all') return undefined;
  const entries = [...told].map(([listener, { draining, ...counters }]) => [
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

/** An entry of which a part isn't what it should be is none: without it traffic would be counted twice. */
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
