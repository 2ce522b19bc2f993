import type { Contestant } from '../compare/contestants.ts';
import { cpuMs } from '../compare/process-costs.ts';
import { percentile } from '../timing/jitter.ts';
import { allocatedMb } from './garbage.ts';

/** What one path costs. */
export interface ScrapeCost {
  readonly path: string;
  readonly bytes: number;
  /** from the request to the last byte of the answer, in ms */
  readonly least: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU time of the agent for each request, in ms */
  readonly cpuMs: number;
  /** what the agent allocates on V8's heap for each request, in MB; undefined without V8's log */
  readonly heapMb: number | undefined;
}

const WARM_UP = 5;

/** Sends one request after the other. @param tracesGc whether the agent logs V8's collections */
export async function measureScrapes(
  contestant: Contestant,
  path: string,
  count: number,
  tracesGc: boolean,
): Promise<ScrapeCost> {
  const { must, amphora } = contestant;
  let bytes = 0;
  for (let index = 0; index < WARM_UP; index += 1) bytes = (await must('GET', path)).length;
  const pids = await contestant.pids();
  const [logged, used] = [amphora.agentLog().length, await cpuMs(pids)];
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await must('GET', path);
    times.push(performance.now() - began);
  }
  return {
    ...{ path, bytes, least: Math.min(...times), p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
    cpuMs: ((await cpuMs(pids)) - used) / count,
    heapMb: tracesGc ? allocatedMb(amphora.agentLog().slice(logged)) / count : undefined,
  };
}
