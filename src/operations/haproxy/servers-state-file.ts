import type { HaproxyId } from '../../domain/ids.ts';
/**
 * The state file of a load balancer's haproxy (`server-state-file` in the configuration).
 *
 * haproxy reads it at every start and at every reload, and takes more from it than the health of members: ports, use of TLS, weights and
 * maintenance too, over what the configuration says. Only a reload gains by it: members that are down stay down. At any other
 * start, by a controller, at boot or after a crash, the health in it is old, and the configuration may be another one.
 *
 * So the file has states only while a reload runs, those that this reload may take (domain/haproxy/servers-state.ts). It is emptied when the
 * reload has ended. Then every other start finds an empty file, also while the agent is down.
 *
 * It is emptied too before a start, before another configuration replaces the stored one, and when the agent starts. An
 * agent that was killed during a reload has left states in it; so has another agent, which empties it never.
 */

import { NO_SERVERS_STATE, serversStateFor } from '../../domain/haproxy/servers-state.ts';
import type { OperationContext } from '../context.ts';
import { ANSWER_MS } from './processes.ts';

type FileContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

const STATE_MODE = 0o644;

/** A reload that is about to begin. */
interface Reload {
  readonly statsSocket: string;
  /** text of the configuration that runs; undefined where it isn't known */
  readonly running: string | undefined;
  /** text of the configuration that is to run */
  readonly next: string;
}

/** Saves the states that a reload may take. Never throws: where it fails, the log says so, and the reload takes none. */
export async function saveServersState(context: FileContext, id: HaproxyId, reload: Reload): Promise<void> {
  const { host, logger } = context;
  try {
    const dump = await host.haproxy.ask(reload.statsSocket, 'show servers state', ANSWER_MS);
    const states = serversStateFor(dump, reload.running, reload.next);
    if (states === undefined)
      logger.warn({ loadBalancer: id }, 'states of members not saved: haproxy shows them in an unknown form');
    await write(context, id, states ?? NO_SERVERS_STATE);
  } catch (error) {
    logger.warn({ loadBalancer: id, err: error }, 'states of members not saved: they start as new ones');
  }
}

/** Empties the file. Never throws: where it fails, the log says so, and the next start of haproxy takes what is in the file. */
export async function emptyServersState(context: FileContext, id: HaproxyId): Promise<void> {
  const { paths, host, logger } = context;
  try {
    const content = await host.files.readText(paths.loadBalancer(id).serversState);
    const isEmpty = content === undefined || content === NO_SERVERS_STATE;
    if (!isEmpty) await write(context, id, NO_SERVERS_STATE);
  } catch (error) {
    logger.error({ loadBalancer: id, err: error }, 'states of members not removed from the state file');
  }
}

const write = ({ paths, host }: FileContext, id: HaproxyId, states: string): Promise<void> =>
  host.files.write(paths.loadBalancer(id).serversState, states, { mode: STATE_MODE });
