import { setTimeout as delay } from 'node:timers/promises';
import type { HaproxyId } from '../../../domain/ids.ts';
import {
  haproxyService,
  KEEPALIVED_SERVICE,
  keepalivedLvsService,
  lvsListenersAmong,
  METRICS_PROXY_SERVICE,
} from '../../../domain/paths.ts';
import { VRRP } from '../../context.ts';
import { askMaster } from '../../haproxy/processes.ts';
import { reloadHaproxy } from '../../haproxy/reload.ts';
import { loadBalancerIds } from '../../stored-configs.ts';
import { restartKeepalived, settleKeepalived } from './keepalived-renewal.ts';
import { runsReplaced } from './replaced-program.ts';
import { AGENT_SERVICE, type RunContext } from './run-context.ts';
import { restartService, systemctl } from './service-restart.ts';
import { UpgradeFailed } from './upgrade-failed.ts';

/** The master replaces its own program a moment after its new worker serves. */
const RENEWED_MS = 5_000;
const LOOK_MS = 100;

/**
 * Reloads each running haproxy whose program or libraries were replaced. The master executes the new program with the listening
 * sockets of the old one, and old workers finish their connections. Load balancers that came after the upgrade began count too.
 * @param refused ids of the load balancers whose configuration haproxy refused before the upgrade: their reload would fail
 * @throws ServiceFailed, ServiceSilent when a haproxy does not run with its new program; UpgradeFailed
 */
export async function renewHaproxys(context: RunContext, refused: readonly HaproxyId[]): Promise<void> {
  for (const id of await loadBalancerIds(context)) {
    if (refused.includes(id)) continue;
    await context.queue.run(id, async () => {
      if (!(await runsReplaced(context, haproxyService(id)))) return;
      context.logger.info({ loadBalancer: id }, 'haproxy reloads with its new program');
      await reloadHaproxy(context, id);
      await waitUntilRenewed(context, id);
    });
  }
}

async function waitUntilRenewed(context: RunContext, id: HaproxyId): Promise<void> {
  const { processes } = context.host;
  const began = performance.now();
  for (;;) {
    const master = await askMaster(context, id);
    const worker = master?.currentWorkerPid;
    const isOld = await runsReplaced(context, haproxyService(id));
    if (!isOld && (worker === undefined || !(await processes.runsReplacedFiles(worker)))) return;
    if (performance.now() - began > RENEWED_MS)
      throw new UpgradeFailed(`haproxy of load balancer ${id} still runs its old program after a reload`);
    await delay(LOOK_MS);
  }
}

/**
 * Restarts the running keepaliveds whose program or libraries were replaced, because a reload would keep the old program. Also
 * starts the one of the VIP again if it has failed although it ran before the upgrade.
 * @throws CommandFailed, ServiceFailed, UpgradeFailed
 */
export async function renewKeepaliveds(context: RunContext, ranBefore: boolean): Promise<void> {
  const listeners = lvsListenersAmong(await context.host.files.list(context.paths.lvsDirectory));
  for (const id of listeners) {
    const service = keepalivedLvsService(id);
    await context.queue.run(id, async () => {
      if (await runsReplaced(context, service)) await restartService(context, service);
    });
  }
  await context.queue.run(VRRP, async () => {
    await settleKeepalived(context);
    const { status } = await context.host.services.state(KEEPALIVED_SERVICE);
    if (await runsReplaced(context, KEEPALIVED_SERVICE)) await restartKeepalived(context);
    // an inactive one was stopped by a controller
    else if (ranBefore && !['active', 'inactive'].includes(status))
      await restartService(context, KEEPALIVED_SERVICE);
  });
}

/** Restarts the metrics proxy if its program was replaced. Its socket keeps what arrives meanwhile. @throws CommandFailed */
export async function renewMetricsProxy(context: RunContext): Promise<void> {
  if (await runsReplaced(context, METRICS_PROXY_SERVICE))
    await restartService(context, METRICS_PROXY_SERVICE);
}

/**
 * Restarts the agent if its program was replaced, or if it does not run although it ran before. Does not wait until it is
 * ready. @throws CommandFailed
 */
export async function renewAgent(context: RunContext, ranBefore: boolean): Promise<void> {
  const { status } = await context.host.services.state(AGENT_SERVICE);
  const isDown = ranBefore && status !== 'active';
  if (!isDown && !(await runsReplaced(context, AGENT_SERVICE))) return;
  context.logger.info('the agent restarts with its new program');
  await systemctl(context, 'restart', '--no-block', `${AGENT_SERVICE}.service`);
}
