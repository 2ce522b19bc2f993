import { type IpvsState, NO_IPVS } from '../../domain/keepalived/lvs-statistics.ts';
import { CommandFailed } from '../../errors.ts';
import type { ConfiguredLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../context.ts';

/**
 * Reads IPVS in the kernel for a report about these listeners. One keepalived that runs is enough to find its namespace.
 * @param limitMs the longest time until ipvsadm answers, in milliseconds
 * @returns NO_IPVS when the kernel has no IPVS; undefined when it can't be read
 */
export async function readIpvsState(
  { host }: Pick<OperationContext, 'host'>,
  listeners: readonly ConfiguredLvsListener[],
  limitMs: number,
): Promise<IpvsState | undefined> {
  const pid = listeners.find(({ keepalived }) => keepalived !== undefined)?.keepalived?.pid;
  try {
    const state = await host.ipvs.read(pid, limitMs);
    return state === 'missing' ? NO_IPVS : state;
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}
