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

export const SCRIPT_MODE = 0o755;

export type CheckScriptContext = Pick<OperationContext, 'config' | 'paths' | 'host' | 'render' | 'queue'>;

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
  return context.queue.run(CHECK_SCRIPTS, () => writeCheckScripts(context, change));
}

/** As updateCheckScripts(), for a caller that holds the lock CHECK_SCRIPTS. */
export async function writeCheckScripts(context: CheckScriptContext, change?: CheckChange): Promise<void> {
  const { config, paths, host } = context;
  if (config().topology === 'ACTIVE_STANDBY') await host.files.makeDirectory(paths.vrrp.checkScripts);
  else if (!(await host.files.exists(paths.vrrp.checkScripts))) return;
  const before = await host.files.readText(paths.vrrp.haproxyCheckScript);
  const { haproxyCheck, lvsCheck } = await wantedCheckScripts(context, before, change);
  await replace(context, paths.vrrp.haproxyCheckScript, haproxyCheck);
  await replace(context, paths.vrrp.lvsCheckScript, lvsCheck);
}

/**
 * Renders both scripts for the load balancers that should run.
 * @param before the script on disk that queries every load balancer; undefined when there is none
 */
export const wantedCheckScripts = async (
  context: CheckScriptContext,
  before: string | undefined,
  change?: CheckChange,
): Promise<CheckScriptTexts> =>
  checkScriptTexts(context, before, socketsToAsk(before, await loadBalancers(context, change)));

/** The texts of the two scripts; undefined for a script that must not exist. */
export interface CheckScriptTexts {
  readonly haproxyCheck: string | undefined;
  readonly lvsCheck: string | undefined;
}

/**
 * Renders both scripts.
 * @param before the script on disk that queries every load balancer; undefined when there is none
 * @param sockets the stats sockets of the load balancers that should answer
 */
export async function checkScriptTexts(
  { config, paths, host, render }: CheckScriptContext,
  before: string | undefined,
  sockets: readonly string[],
): Promise<CheckScriptTexts> {
  const isPair = config().topology === 'ACTIVE_STANDBY';
  const hasLvsListeners = lvsListenersAmong(await host.files.list(paths.lvsDirectory)).length > 0;
  return {
    haproxyCheck: renderHaproxyCheckScript(render, {
      commands: paths.commands,
      sockets,
      hasLvsListeners,
      hasServed: hasServed(before) || (await host.files.exists(paths.vrrp.lvsCheckScript)),
    }),
    lvsCheck: hasLvsListeners && isPair ? renderLvsCheckScript(render, paths.lvsDirectory) : undefined,
  };
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
