import type { HaproxyId } from '../../domain/ids.ts';
/**
 * The state file of a load balancer's haproxy (`server-state-file` in the configuration).
 *
 * haproxy reads the file at every start and every reload. It takes the health of members from it, and also ports, use of
 * TLS, weights and maintenance, which override the configuration. Only a reload benefits: members that are down stay down.
 * At any other start, by a controller, at boot or after a crash, the health in the file is old, and the configuration may
 * differ.
 *
 * So the file holds states only while a reload runs, and only the states that this reload may take
 * (domain/haproxy/servers-state.ts). The agent empties it when the reload has ended. So every other start finds an empty
 * file, also while the agent is down.
 *
 * The agent also empties the file before a start, before it replaces the stored configuration, and when the agent itself
 * starts. An agent that was killed during a reload left states in the file. Octavia's Python agent never empties it.
 */

import { NO_SERVERS_STATE, serversStateFor } from '../../domain/haproxy/servers-state.ts';
import type { OperationContext } from '../context.ts';
import { ANSWER_MS } from './processes.ts';

type FileContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

const STATE_MODE = 0o644;

/** A reload that is about to begin. */
interface Reload {
  readonly statsSocket: string;
  /** text of the running configuration; undefined when it is unknown */
  readonly running: string | undefined;
  /** text of the new configuration */
  readonly next: string;
}

/** Saves the states that a reload may take. Never throws: a failure is logged, and the reload takes no states. */
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

/** Empties the file. Never throws: a failure is logged, and the next start of haproxy takes the states in the file. */
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
