/** What a haproxy master says of itself and its current worker (`show proc`; haproxy management guide, section 9.4). */
export interface MasterProcesses {
  readonly masterPid: number;
  /** reloads since the master started, failed ones included */
  readonly reloads: number;
  /** failed reloads since the last one that went well */
  readonly failedReloads: number;
  /**
   * the worker that the last good (re)load started; undefined while there is none. haproxy 3.1 and later list here the
   * one that still loads too, and none after a failed reload
   */
  readonly currentWorkerPid: number | undefined;
  /** workers of earlier (re)loads that finish their connections; the serving one where `currentWorkerPid` isn't it */
  readonly oldWorkerPids: readonly number[];
}

const MASTER = /^(\d+)\s+master\s+(\d+)\s+\[failed: (\d+)\]/m;
const WORKERS = /^(\d+)\s+worker\s+/gm;

/**
 * @param answer text of `show proc` on the master socket
 * @returns undefined where the answer names no master, as while it re-executes itself
 */
export function parseMasterProcesses(answer: string): MasterProcesses | undefined {
  const [, masterPid, reloads, failed] = MASTER.exec(answer) ?? [];
  if (masterPid === undefined) return undefined;
  const [currentWorkerPid] = workersIn(answer, 'workers');
  return {
    masterPid: Number(masterPid),
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
 * What became of the last (re)load: its worker serves, or it failed. `loading`: its worker doesn't serve, since it still
 * loads (haproxy 3.1 and later list it then) or is stuck.
 */
export type LoadState = 'serves' | 'failed' | 'loading';

/** @param serves whether the current worker does */
export function loadState(master: MasterProcesses, serves: boolean): LoadState {
  if (master.failedReloads > 0 || master.currentWorkerPid === undefined) return 'failed';
  return serves ? 'serves' : 'loading';
}

/** How a reload stands: a new worker is listed, haproxy refused it, or neither yet. */
export type ReloadOutcome = 'listed' | 'failed' | 'pending';

/**
 * Judges a reload by two looks at the master. A master with another pid was started anew and so runs what is on
 * disk. The stats socket can't tell: the old worker goes on answering it. A worker that is listed has to answer too:
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
