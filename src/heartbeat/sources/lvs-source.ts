import type { PoolStatistics } from '../../domain/haproxy/statistics.ts';
import { type IpvsState, lvsStatistics, NO_IPVS } from '../../domain/keepalived/lvs-statistics.ts';
import { lvsListenersAmong, type Paths } from '../../domain/paths.ts';
import { reasonOf } from '../../errors.ts';
import type { DirectoryLists } from '../../host/directory-lists.ts';
import type { Files } from '../../host/files.ts';
import type { Ipvs } from '../../host/keepalived/ipvs.ts';
import { type ConfiguredLvsListener, readLvsListener } from '../../host/keepalived/lvs-listener.ts';
import type { Processes } from '../../host/processes/processes.ts';
import { atMost } from '../at-most.ts';
import type { ProblemLog } from '../problem-log.ts';
import { joinObservations, NOTHING_OBSERVED, type Observations, type StatisticsSource } from './collect.ts';

/** The parts of the host that heartbeats of UDP and SCTP listeners use. */
export interface LvsHost {
  readonly files: Files;
  readonly processes: Processes;
  readonly ipvs: Ipvs;
  readonly lists: DirectoryLists;
}

const KERNEL = 'IPVS';

/**
 * Creates the source for UDP and SCTP listeners (docs/contract.md, section 9). A disabled listener is never reported. The
 * others are reported as follows:
 *
 * | keepalived | IPVS in the kernel | listener in the message | pool |
 * |---|---|---|---|
 * | runs | answers | OPEN, its counters | by its members in IPVS |
 * | doesn't run | answers | none; version 1: DOWN | none |
 * | any | is missing | OPEN, zero counters | with all members as missing in IPVS |
 * | runs | doesn't answer in time | OPEN, no new traffic; reported traffic stays reported | as in the last message |
 *
 * The controller counts listeners and fails over an amphora with the wrong number. A listener without IPVS is reported all
 * the same, because IPVS would be missing in a new amphora of the same image too.
 */
export function createLvsSource(paths: Paths, host: LvsHost, problems: ProblemLog): StatisticsSource {
  const askKernel = createPatientAsker(host.ipvs);
  let lastPools: ReadonlyMap<string, PoolStatistics> = new Map();

  const describe = (
    listener: ConfiguredLvsListener,
    kernel: IpvsState | 'missing' | 'unknown',
  ): Observations => {
    const { id, text, version, keepalived } = listener;
    const common = { ...NOTHING_OBSERVED, configured: new Set([id]), version };
    if (text.isDisabled) return common;
    if (keepalived === undefined && kernel !== 'missing') return { ...common, stopped: [id] };
    const state = typeof kernel === 'string' ? NO_IPVS : kernel;
    const statistics = lvsStatistics(id, text, state, keepalived?.isRestarting === true);
    const pool = kernel === 'unknown' ? lastPools.get(id) : statistics.pool;
    return { ...common, listeners: [statistics.listener], pools: pool === undefined ? [] : [pool] };
  };

  return {
    async observe(deadlineMs) {
      const end = performance.now() + deadlineMs;
      const found = await readConfigured(paths, host, problems);
      const listeners = found.filter((one) => one !== 'unreadable');
      const enabled = listeners.filter(({ text }) => !text.isDisabled);
      if (enabled.length === 0) problems.clear(KERNEL);
      if (found.length === 0) return NOTHING_OBSERVED;
      const pid = enabled.find(({ keepalived }) => keepalived !== undefined)?.keepalived?.pid;
      const kernel = enabled.length === 0 ? 'unknown' : await askKernel(pid, end, problems);
      const parts = listeners.map((listener) => describe(listener, kernel));
      const joined = joinObservations(parts);
      lastPools = new Map(joined.pools.map((pool) => [pool.listenerId, pool]));
      return found.includes('unreadable') ? { ...joined, configured: 'unknown' } : joined;
    },
  };
}

type AskKernel = (
  pid: number | undefined,
  end: number,
  problems: ProblemLog,
) => Promise<IpvsState | 'missing' | 'unknown'>;

/** Creates a reader of IPVS that waits until the deadline only. It starts no second read while an earlier one hangs. */
function createPatientAsker(ipvs: Ipvs): AskKernel {
  let underWay: Promise<IpvsState | 'missing'> | undefined;
  return async (pid, end, problems) => {
    const limitMs = Math.max(1, end - performance.now());
    underWay ??= ipvs.read(pid, limitMs).finally(() => {
      underWay = undefined;
    });
    try {
      const answer = await atMost(underWay, limitMs);
      if (answer === undefined) throw new Error(`no answer within ${Math.round(limitMs)} ms`);
      if (answer === 'missing') {
        problems.report(
          KERNEL,
          'the kernel has no IPVS: UDP and SCTP listeners have no traffic and no counters',
        );
      } else {
        problems.clear(KERNEL);
      }
      return answer;
    } catch (error) {
      const advice =
        'cannot read IPVS: heartbeats report UDP and SCTP listeners without new traffic; see ipvsadm';
      problems.report(KERNEL, advice, { reason: reasonOf(error) });
      return 'unknown';
    }
  };
}

async function readConfigured(
  paths: Paths,
  host: LvsHost,
  problems: ProblemLog,
): Promise<(ConfiguredLvsListener | 'unreadable')[]> {
  const guarded = async <Value>(
    subject: string,
    read: () => Promise<Value>,
  ): Promise<Value | 'unreadable'> => {
    try {
      const value = await read();
      problems.clear(subject);
      return value;
    } catch (error) {
      const advice = 'cannot read the files of UDP or SCTP listeners: heartbeats leave these listeners out';
      problems.report(subject, advice, { reason: reasonOf(error) });
      return 'unreadable';
    }
  };
  const names = await guarded(paths.lvsDirectory, async () => host.lists.list(paths.lvsDirectory));
  if (names === 'unreadable') return ['unreadable'];
  if (names.length === 0) return [];
  const found = await Promise.all(
    lvsListenersAmong(names).map((id) => guarded(`listener ${id}`, () => readLvsListener(paths, host, id))),
  );
  return found.filter((one) => one !== undefined);
}
