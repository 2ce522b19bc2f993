/** The report of a haproxy master about itself and its workers (`show proc`; haproxy management guide, section 9.4). */
export interface MasterProcesses {
  readonly masterPid: number;
  /** version of the master, for example `2.6.12-1+deb12u4` */
  readonly version: string;
  /** reloads since the master started, including failed ones */
  readonly reloads: number;
  /** failed reloads since the last successful one */
  readonly failedReloads: number;
  /**
   * the worker of the last successful (re)load; undefined when there is none. haproxy 3.1 and later also list a worker that
   * is still loading, and list none after a failed reload
   */
  readonly currentWorkerPid: number | undefined;
  /** workers of earlier (re)loads that finish their connections, and the serving worker unless it is `currentWorkerPid` */
  readonly oldWorkerPids: readonly number[];
}

const MASTER = /^(\d+)\s+master\s+(\d+)\s+\[failed: (\d+)\](?:\s+\S+\s+(\S+))?/m;
const WORKERS = /^(\d+)\s+worker\s+/gm;

/**
 * Reads the answer of the master socket to `show proc`.
 * @param answer text of the answer
 * @returns undefined when the answer lists no master, for example while the master re-executes itself
 */
export function parseMasterProcesses(answer: string): MasterProcesses | undefined {
  const [, masterPid, reloads, failed, version = ''] = MASTER.exec(answer) ?? [];
  if (masterPid === undefined) return undefined;
  const [currentWorkerPid] = workersIn(answer, 'workers');
  return {
    masterPid: Number(masterPid),
    version,
    reloads: Number(reloads),
    failedReloads: Number(failed),
    currentWorkerPid,
    oldWorkerPids: workersIn(answer, 'old workers'),
  };
}

function workersIn(answer: string, section: string): number[] {
  const [, behind = ''] = answer.split(new RegExp(`^# ${section}.*$`, 'm'));
  const [lines = ''] = behind.split(/^#/m);
  return [...lines.matchAll(WORKERS)].map(([, pid]) => Number(pid));
}

/**
 * The result of the last (re)load: its worker serves, or the load failed. `loading`: its worker doesn't serve yet, because
 * it is still loading (haproxy 3.1 and later list it then) or is stuck.
 */
export type LoadState = 'serves' | 'failed' | 'loading';

/** Judges the last (re)load. @param serves whether the current worker serves */
export function loadState(master: MasterProcesses, serves: boolean): LoadState {
  if (master.failedReloads > 0 || master.currentWorkerPid === undefined) return 'failed';
  return serves ? 'serves' : 'loading';
}

/** The progress of a reload: the master lists a new worker, haproxy refused the reload, or neither has happened yet. */
export type ReloadOutcome = 'listed' | 'failed' | 'pending';

/**
 * Judges a reload by two reports of the master. A master with another pid was restarted, so it runs the configuration on
 * disk. The stats socket is no evidence, because the old worker keeps answering it. The new worker must answer too:
 * haproxy 3.1 and later list it before it has bound its addresses.
 */
export function judgeReload(before: MasterProcesses, now: MasterProcesses | undefined): ReloadOutcome {
  if (now === undefined) return 'pending';
  const restarted = now.masterPid !== before.masterPid;
  if (!restarted && now.reloads <= before.reloads) return 'pending';
  if (now.failedReloads > 0) return 'failed';
  const replaced = now.currentWorkerPid !== undefined && now.currentWorkerPid !== before.currentWorkerPid;
  return replaced ? 'listed' : 'pending';
}
