/** What a haproxy master says of itself and its current worker (`show proc`; haproxy management guide, section 9.4). */
export interface MasterProcesses {
  readonly masterPid: number;
  /** reloads since the master started, failed ones included */
  readonly reloads: number;
  /** failed reloads since the last one that went well */
  readonly failedReloads: number;
  /** the worker that the last good (re)load started; undefined while there is none */
  readonly currentWorkerPid: number | undefined;
  /** workers of earlier (re)loads that finish their connections */
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

/** Whether its worker runs what the last (re)load was told to; after a failed one it waits for the next. */
export const isSound = (master: MasterProcesses): boolean =>
  master.failedReloads === 0 && master.currentWorkerPid !== undefined;

/** How a reload stands: done, refused by haproxy, or not decided yet. */
export type ReloadOutcome = 'done' | 'failed' | 'pending';

/**
 * Judges a reload by two looks at the master. A master with another pid was started anew and so runs what is on
 * disk. The stats socket can't tell: the old worker goes on answering it.
 */
export function judgeReload(before: MasterProcesses, now: MasterProcesses | undefined): ReloadOutcome {
  if (now === undefined) return 'pending';
  const restarted = now.masterPid !== before.masterPid;
  if (!restarted && now.reloads <= before.reloads) return 'pending';
  if (now.failedReloads > 0) return 'failed';
  const replaced = now.currentWorkerPid !== undefined && now.currentWorkerPid !== before.currentWorkerPid;
  return replaced ? 'done' : 'pending';
}
