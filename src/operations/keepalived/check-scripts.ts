import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService, lvsListenersAmong } from '../../domain/paths.ts';
import {
  type CheckedLoadBalancer,
  hasServed,
  renderHaproxyCheckScript,
  renderLvsCheckScript,
  socketsToAsk,
} from '../../render/check-scripts.ts';
import { CHECK_SCRIPTS, type OperationContext } from '../context.ts';
import { loadBalancerIds, statsSocketOf } from '../stored-configs.ts';

const SCRIPT_MODE = 0o755;

type CheckScriptContext = Pick<OperationContext, 'config' | 'paths' | 'host' | 'render' | 'queue'>;

/** A change of the wanted state of a load balancer. */
export interface CheckChange {
  readonly id: string;
  /** false: the load balancer is stopped or deleted */
  readonly shouldRun: boolean;
}

/**
 * Rewrites the scripts with which keepalived checks that this amphora serves. One script queries the socket of every load
 * balancer that should run. The other checks the keepalived processes of UDP and SCTP listeners. Only the scripts on disk
 * record earlier starts and stops. So a restart of the agent, a reboot and a change of the agent lose nothing.
 * Does nothing with topology SINGLE, unless keepalived has its directory.
 */
export function updateCheckScripts(context: CheckScriptContext, change?: CheckChange): Promise<void> {
  return context.queue.run(CHECK_SCRIPTS, async () => {
    const { config, paths, host, render } = context;
    const isPair = config().topology === 'ACTIVE_STANDBY';
    if (isPair) await host.files.makeDirectory(paths.vrrp.checkScripts);
    else if (!(await host.files.exists(paths.vrrp.checkScripts))) return;
    const hasLvsListeners = lvsListenersAmong(await host.files.list(paths.lvsDirectory)).length > 0;
    const before = await host.files.readText(paths.vrrp.haproxyCheckScript);
    const haproxyCheck = renderHaproxyCheckScript(render, {
      commands: paths.commands,
      sockets: socketsToAsk(before, await loadBalancers(context, change)),
      hasLvsListeners,
      hasServed: hasServed(before) || (await host.files.exists(paths.vrrp.lvsCheckScript)),
    });
    const lvsCheck = hasLvsListeners && isPair ? renderLvsCheckScript(render, paths.lvsDirectory) : undefined;
    await replace(context, paths.vrrp.haproxyCheckScript, haproxyCheck);
    await replace(context, paths.vrrp.lvsCheckScript, lvsCheck);
  });
}

/** @param script undefined to remove the file */
async function replace(
  { paths, host }: CheckScriptContext,
  file: string,
  script: string | undefined,
): Promise<void> {
  if (script === undefined) await host.files.remove(file);
  else await host.files.write(file, script, { mode: SCRIPT_MODE, stagingDirectory: paths.vrrp.directory });
}

async function loadBalancers(
  context: CheckScriptContext,
  change: CheckChange | undefined,
): Promise<CheckedLoadBalancer[]> {
  const found = await Promise.all(
    (await loadBalancerIds(context)).map(async (id) => {
      const socket = await statsSocketOf(context, id);
      if (socket === undefined) return [];
      const wanted = change?.id === id ? change.shouldRun : undefined;
      return [{ socket, wanted, isInactive: await isInactive(context, id) }];
    }),
  );
  return found.flat();
}

const isInactive = async ({ host }: CheckScriptContext, id: HaproxyId): Promise<boolean> =>
  (await host.services.state(haproxyService(id))).status === 'inactive';
