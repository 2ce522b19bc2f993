import type { HeartbeatVersion } from '../../domain/heartbeat/heartbeat-message.ts';
import type { ListenerId } from '../../domain/ids.ts';
import { type LvsText, readLvsText } from '../../domain/keepalived/lvs-text.ts';
import type { LvsListenerPaths, Paths } from '../../domain/paths.ts';
import type { Files } from '../files.ts';
import type { Processes } from '../processes/processes.ts';

/** The stored configuration of a UDP or SCTP listener, and the keepalived that serves it. */
export interface ConfiguredLvsListener {
  readonly id: ListenerId;
  readonly text: LvsText;
  /** the version that belongs to the API of the upload */
  readonly version: HeartbeatVersion;
  /** undefined when keepalived doesn't run; `isRestarting`: keepalived may not have added the members to IPVS yet */
  readonly keepalived: { readonly pid: number; readonly isRestarting: boolean } | undefined;
}

interface LvsListenerHost {
  readonly files: Files;
  readonly processes: Processes;
}

/** @returns undefined when the listener has no configuration */
export async function readLvsListener(
  paths: Paths,
  host: LvsListenerHost,
  id: ListenerId,
): Promise<ConfiguredLvsListener | undefined> {
  const at = paths.lvsListener(id);
  const content = await host.files.read(at.config);
  if (content === undefined) return undefined;
  const text = readLvsText(content.toString('latin1'));
  const version = (await host.files.readText(at.apiVersion))?.trim() === '0.5' ? 1 : 3;
  const pid = await host.processes.runningPid(at.pidFile, 'keepalived');
  if (pid === undefined) return { id, text, version, keepalived: undefined };
  const isRestarting = await isInFirstRound(host, pid, at, text.firstRoundSeconds);
  return { id, text, version, keepalived: { pid, isRestarting } };
}

/**
 * Returns whether keepalived is in its first round of checks, or has yet to restart with a newer configuration. The pid
 * file dates the start of keepalived. The times of both files come from the same clock, so a later change of the clock
 * doesn't matter.
 */
async function isInFirstRound(
  { files, processes }: LvsListenerHost,
  pid: number,
  { config, pidFile }: LvsListenerPaths,
  firstRoundSeconds: number,
): Promise<boolean> {
  const age = await processes.ageSeconds(pid);
  if (age === undefined) return false;
  const [configAge, pidFileAge] = [await files.ageSeconds(config), await files.ageSeconds(pidFile)];
  const isNewer = configAge !== undefined && pidFileAge !== undefined && configAge < pidFileAge;
  return age < firstRoundSeconds || isNewer;
}
