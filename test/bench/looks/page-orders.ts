import path from 'node:path';
import { z } from 'zod';
import type { Contestant } from '../compare/contestants.ts';
import { startOwnProcess } from '../load/loaded-amphora.ts';
import { LOAD_NICE } from '../load/niceness.ts';
import { probeTarget } from '../timing/probe-target.ts';

/** The orders for a process that keeps pages open. */
export const pageOrders = probeTarget.extend({ pages: z.number(), everyMs: z.number() });

const READERS = path.join(import.meta.dirname, 'page-readers.ts');

/** Opens pages of GET /status, each of which is loaded again after the time that the page itself says. */
export function openPages(
  { world: { pki }, amphora }: Contestant,
  load: { readonly pages: number; readonly everyMs: number },
): { answers(): Readonly<Record<string, number>>; close(): void } {
  const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
  const readers = startOwnProcess(READERS, [JSON.stringify({ target, pki, ...load })], LOAD_NICE);
  let last: Readonly<Record<string, number>> = {};
  readers.on('message', (sent) => {
    last = z.record(z.string(), z.number()).parse(sent);
  });
  return { answers: () => last, close: () => readers.disconnect() };
}
