import { createHash } from 'node:crypto';
import type { PoolStatistics } from '../../../src/domain/haproxy/statistics.ts';
import type { HeartbeatReport } from '../../../src/domain/heartbeat/heartbeat-message.ts';

/** An id that looks random, and compresses as badly, but is the same in every run. */
export function steadyId(...parts: readonly (string | number)[]): string {
  const digits = createHash('sha256').update(parts.join(' ')).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** @param statusOf returns the status of the nth member of each pool */
export function reportOf(
  sequence: number,
  size: { readonly listeners: number; readonly members: number },
  statusOf: (member: number) => string,
): HeartbeatReport {
  const listeners = numbers(size.listeners).map((listener) => ({
    id: steadyId('listener', listener),
    status: 'OPEN',
    connections: listener,
    traffic: { bin: 1000 + listener, bout: 1_000_000 * listener, ereq: 0, stot: listener },
  }));
  const pools = listeners.map(({ id: listenerId }, listener): PoolStatistics => {
    const id = steadyId('pool', listener);
    const members = new Map(
      numbers(size.members).map((member) => [steadyId('member', listener, member), statusOf(member)]),
    );
    return { id, listenerId, key: `${id}:${listenerId}`, status: 'UP', members };
  });
  return { amphoraId: steadyId('amphora'), sequence, listeners, pools, stopped: [] };
}
