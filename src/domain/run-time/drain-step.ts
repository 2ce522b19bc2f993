import type { AdministrativeState } from '../haproxy/servers-dump.ts';
import type { Drain } from './drain-record.ts';

/** The servers of a drain, as the worker shows them. */
export interface SeenServer {
  readonly backend: string;
  readonly state: AdministrativeState;
}

/**
 * What to do about a drain: `wait`; `end` it, because no session is left or the deadline has passed; `forget` it, because
 * something else has changed the state of a server since, for example an upload.
 */
export type DrainStep = 'wait' | 'end' | 'forget';

/**
 * Decides the next step of a drain.
 * @param servers all servers of the member
 * @param sessions number of open sessions; undefined when it is unknown
 * @param now milliseconds since 1970
 */
export function drainStep(
  { backends, deadline, isDrained }: Drain,
  servers: readonly SeenServer[],
  sessions: number | undefined,
  now: number,
): DrainStep {
  const states = backends.map((name) => servers.find(({ backend }) => backend === name)?.state);
  if (isDrained) return states.every((state) => state === 'maintenance') ? 'wait' : 'forget';
  // a killed agent may have put some servers in maintenance without marking the drain as ended
  if (!states.every((state) => state === 'drain' || state === 'maintenance')) return 'forget';
  const isOut = states.every((state) => state === 'maintenance');
  return isOut || sessions === 0 || now >= deadline ? 'end' : 'wait';
}
