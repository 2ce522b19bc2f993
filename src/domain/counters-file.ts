import type { CounterBook, TrafficCounters } from './counters.ts';
import { EMPTY_BOOK } from './counters.ts';

/** Longest text that can be a counters file: room for some 20 000 listeners. */
const LONGEST_TEXT = 4 * 1024 * 1024;

/** Nothing is known about what was told before. */
export const LOST_BOOK: CounterBook = { told: new Map(), lost: 'all' };

/**
 * Reads `<base_path>/stats_counters.json`: `{LSN: {bin, bout, ereq, stot}}` (contract section 9).
 * Without a file everything counts from zero. A file that isn't what it should be is `'all'` lost; a listener whose
 * entry isn't what it should be is lost alone.
 * @param text undefined where there is no file
 */
export function parseCounters(text: string | undefined): CounterBook {
  if (text === undefined) return EMPTY_BOOK;
  if (text.length > LONGEST_TEXT) return LOST_BOOK;
  const content = parseObject(text);
  if (content === undefined) return LOST_BOOK;
  const told = new Map<string, TrafficCounters>();
  const lost = new Set<string>();
  for (const [listener, entry] of Object.entries(content)) {
    const counters = readEntry(entry);
    if (counters === undefined) lost.add(listener);
    else told.set(listener, counters);
  }
  return { told, lost };
}

/** The text of the file. */
export function serialiseCounters(told: CounterBook['told']): string {
  return JSON.stringify(Object.fromEntries(told));
}

function parseObject(text: string): object | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null && !Array.isArray(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function readEntry(entry: unknown): TrafficCounters | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const values = new Map<string, unknown>(Object.entries(entry));
  const count = (name: string): number | undefined => {
    const value = values.get(name);
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  const [bin, bout, ereq, stot] = [count('bin'), count('bout'), count('ereq'), count('stot')];
  if (bin === undefined || bout === undefined || ereq === undefined || stot === undefined) return undefined;
  return { bin, bout, ereq, stot };
}
