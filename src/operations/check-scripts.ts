import { readHaproxyText } from '../domain/haproxy-text.ts';
import { isUuid } from '../domain/ids.ts';
import { haproxyService } from '../domain/paths.ts';
import { renderHaproxyCheckScript } from '../render/check-scripts.ts';
import { CHECK_SCRIPTS, type OperationContext } from './context.ts';
import { loadBalancerIds } from './load-balancer-files.ts';

const SCRIPT_MODE = 0o755;

type CheckScriptContext = Pick<OperationContext, 'paths' | 'host' | 'render' | 'queue'>;

/**
 * Rewrites the script by which keepalived knows that haproxy serves (contract section 6): it asks the socket of every
 * load balancer that isn't stopped on purpose. Does nothing before keepalived has its directory.
 */
export function updateHaproxyCheckScript(context: CheckScriptContext): Promise<void> {
  return context.queue.run(CHECK_SCRIPTS, async () => {
    const { paths, host, render } = context;
    if (!(await host.files.exists(paths.vrrp.checkScripts))) return;
    const script = renderHaproxyCheckScript(render, {
      sockets: await socketsToCheck(context),
      hasLvsListeners: await hasLvsListeners(context),
    });
    if (script === undefined) await host.files.remove(paths.vrrp.haproxyCheckScript);
    else {
      await host.files.write(paths.vrrp.haproxyCheckScript, script, {
        mode: SCRIPT_MODE,
        stagingDirectory: paths.vrrp.directory,
      });
    }
  });
}

async function socketsToCheck(context: CheckScriptContext): Promise<string[]> {
  const sockets = await Promise.all(
    (await loadBalancerIds(context)).map(async (id) => {
      const { status } = await context.host.services.state(haproxyService(id));
      if (status === 'inactive') return [];
      return statsSocketsOf(context, id);
    }),
  );
  return sockets.flat();
}

/** One, or none for a load balancer that is being deleted at this very moment. */
async function statsSocketsOf({ paths, host }: CheckScriptContext, id: string): Promise<string[]> {
  const content = await host.files.read(paths.loadBalancer(id).config);
  if (content === undefined) return [];
  return [readHaproxyText(content.toString('latin1')).statsSocket ?? paths.loadBalancer(id).statsSocket];
}

const LVS_CONFIG = /^octavia-keepalivedlvs-(.+)\.conf$/;

async function hasLvsListeners({ paths, host }: CheckScriptContext): Promise<boolean> {
  const names = await host.files.list(paths.lvsDirectory);
  return names.some((name) => isUuid(LVS_CONFIG.exec(name)?.[1] ?? ''));
}
