import { setTimeout as delay } from 'node:timers/promises';
import type { Contestant } from '../compare/contestants.ts';
import { amphoraUse } from '../load/processes.ts';

/** What each scenario gets. */
export interface Scene {
  readonly contestant: Contestant;
  /** address of all members */
  readonly memberAddress: string;
  /** seed of the random changes: both agents get the same changes */
  readonly seed: number;
  /** how often the scenario changes something */
  readonly count: number;
}

const SETTLE_MS = 3000;

/** The memory of all haproxy processes of the amphora (PSS) after a rest, in MiB. */
export async function restingMemory({ amphora }: Contestant): Promise<number> {
  await delay(SETTLE_MS);
  return (await amphoraUse(amphora)).haproxy.pssMiB;
}

/** Calls the work for each item, at most once in the time. @param paceMs from one start to the next, at least */
export async function paced<Item>(
  items: Iterable<Item>,
  paceMs: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  for (const item of items) {
    const next = delay(paceMs);
    await work(item);
    await next;
  }
}
