import type { MasterProcesses } from '../../domain/haproxy/master-processes.ts';
import { givesVerdict, parseReloadVerdict } from '../../domain/haproxy/reload-verdict.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { SocketSilent } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

const PROGRAM = 'haproxy';

/**
 * The result of a reload without the service manager. `sent`: the master has the order, and its report must show the result.
 * `failed`: the new configuration does not run. `not sent`: nothing happened.
 */
export type DirectReload =
  | { readonly kind: 'sent' | 'not sent' }
  | { readonly kind: 'failed'; readonly output: string };

interface DirectContext extends Pick<OperationContext, 'paths'> {
  readonly host: Pick<OperationContext['host'], 'processes' | 'haproxy'>;
}

/**
 * Has a master reload without the service manager, whose reload would check the configuration first. From haproxy 2.7 on
 * the master has a command for it, which it answers after the load. Earlier masters get a signal. The service manager
 * follows the reload by the notifications of the master (sd_notify(3)).
 * @param reload.master its report before the reload @param reload.limitMs the longest time until the answer
 */
export async function reloadDirectly(
  { paths, host }: DirectContext,
  id: HaproxyId,
  { master, limitMs }: { readonly master: MasterProcesses; readonly limitMs: number },
): Promise<DirectReload> {
  const { pidFile, masterSocket } = paths.loadBalancer(id);
  // the pid file names the main process of the service
  if ((await host.processes.runningPid(pidFile, PROGRAM)) !== master.masterPid) return { kind: 'not sent' };
  if (!givesVerdict(master.version)) {
    const isSent = await host.processes.signal(master.masterPid, PROGRAM, 'SIGUSR2');
    return { kind: isSent ? 'sent' : 'not sent' };
  }
  try {
    const verdict = parseReloadVerdict(await host.haproxy.ask(masterSocket, 'reload', limitMs));
    if (verdict === undefined) return { kind: 'not sent' };
    return verdict.isLoaded ? { kind: 'sent' } : { kind: 'failed', output: verdict.output };
  } catch (error) {
    if (!(error instanceof SocketSilent)) throw error;
    // a master that closed the connection may have begun to reload
    return { kind: error.isAbsent ? 'not sent' : 'sent' };
  }
}
