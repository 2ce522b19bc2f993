import path from 'node:path';
import { z } from 'zod';
import { probeTarget } from '../timing/probe-target.ts';
import { type LoadedAmphora, startOwnProcess } from './loaded-amphora.ts';
import { LOAD_NICE } from './niceness.ts';

const request = z.object({
  method: z.enum(['GET', 'PUT', 'DELETE']),
  path: z.string(),
  file: z.string().exactOptional(),
});
type Request = z.infer<typeof request>;

/** The orders for a process that loads an agent. */
export const loadOrders = probeTarget.extend({
  /** asked in turn, from `concurrent` connections at once */
  reads: z.array(request),
  concurrent: z.number(),
  /** each sequence has a connection of its own and is repeated */
  writes: z.array(z.array(request)),
});

const loadReport = z.object({
  /** how often each status came */
  answered: z.record(z.string(), z.number()),
  /** how often each error came instead of an answer */
  failed: z.record(z.string(), z.number()),
  slowestMs: z.number(),
});
export type LoadReport = z.infer<typeof loadReport>;

const PROGRAM = path.join(import.meta.dirname, 'controller-load.ts');

/** Loads the agent until stopped. */
export function startControllerLoad(
  { world: { pki }, amphora }: LoadedAmphora,
  load: { reads: readonly Request[]; concurrent: number; writes: readonly (readonly Request[])[] },
): { report(): LoadReport; stop(): void } {
  const target = { host: amphora.address, port: amphora.port, serverName: amphora.id };
  const loader = startOwnProcess(PROGRAM, [JSON.stringify({ target, pki, ...load })], LOAD_NICE);
  let last: LoadReport = { answered: {}, failed: {}, slowestMs: 0 };
  loader.on('message', (sent) => {
    last = loadReport.parse(sent);
  });
  return {
    report: () => last,
    stop: () => loader.disconnect(),
  };
}
