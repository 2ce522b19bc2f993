import { haproxyService, lvsListenersAmong } from '../domain/paths.ts';
import { renderHaproxyCheckScript, renderLvsCheckScript } from '../render/check-scripts.ts';
import { CHECK_SCRIPTS, type OperationContext } from './context.ts';
import { loadBalancerIds, statsSocketOf } from './load-balancer-files.ts';

const SCRIPT_MODE = 0o755;

type CheckScriptContext = Pick<OperationContext, 'config' | 'paths' | 'host' | 'render' | 'queue'>;

/**
 * Rewrites the scripts by which keepalived knows that this amphora serves (contract sections 6 and 7): one asks the socket
 * of every load balancer that isn't stopped on purpose, one looks at the keepaliveds of UDP and SCTP listeners. Does
 * nothing before keepalived has its directory.
 */
export function updateCheckScripts(context: CheckScriptContext): Promise<void> {
  return context.queue.run(CHECK_SCRIPTS, async () => {
    const { config, paths, host, render } = context;
    if (!(await host.files.exists(paths.vrrp.checkScripts))) return;
    const hasLvsListeners = lvsListenersAmong(await host.files.list(paths.lvsDirectory)).length > 0;
    const haproxyCheck = renderHaproxyCheckScript(render, {
      sockets: await socketsToCheck(context),
      hasLvsListeners,
    });
    const lvsCheck =
      hasLvsListeners && config().topology === 'ACTIVE_STANDBY'
        ? renderLvsCheckScript(render, paths.lvsDirectory)
        : undefined;
    await replace(context, paths.vrrp.haproxyCheckScript, haproxyCheck);
    await replace(context, paths.vrrp.lvsCheckScript, lvsCheck);
  });
}

/** @param script undefined where there is to be none */
async function replace(
  { paths, host }: CheckScriptContext,
  file: string,
  script: string | undefined,
): Promise<void> {
  if (script === undefined) await host.files.remove(file);
  else await host.files.write(file, script, { mode: SCRIPT_MODE, stagingDirectory: paths.vrrp.directory });
}

async function socketsToCheck(context: CheckScriptContext): Promise<string[]> {
  const sockets = await Promise.all(
    (await loadBalancerIds(context)).map(async (id) => {
      const { status } = await context.host.services.state(haproxyService(id));
      const socket = status === 'inactive' ? undefined : await statsSocketOf(context, id);
      return socket === undefined ? [] : [socket];
    }),
  );
  return sockets.flat();
}
