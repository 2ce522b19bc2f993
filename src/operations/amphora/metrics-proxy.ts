import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { reasonOf } from '../../errors.ts';
import { METRICS_PROXY, type OperationContext } from '../context.ts';
import { loadBalancerIds } from '../stored-configs.ts';

type MetricsContext = Pick<OperationContext, 'paths' | 'host' | 'logger' | 'queue'>;

/**
 * Starts the metrics proxy when a load balancer with a PROMETHEUS listener should run, and stops it otherwise. A failure is
 * logged, never thrown. Does nothing under systemd, where a socket unit starts the proxy.
 */
export function updateMetricsProxy(context: MetricsContext): Promise<void> {
  const { host, logger, queue } = context;
  if (host.services.kind === 'systemd') return Promise.resolve();
  return queue.run(METRICS_PROXY, async () => {
    try {
      const needs = (await loadBalancerIds(context)).map((id) => needsProxy(context, id));
      await host.metricsProxy.setNeeded((await Promise.all(needs)).includes(true));
    } catch (error) {
      logger.error({ reason: reasonOf(error) }, 'cannot find out whether the metrics proxy is needed');
    }
  });
}

async function needsProxy({ paths, host }: MetricsContext, id: HaproxyId): Promise<boolean> {
  const text = await host.haproxyTexts.read(paths.loadBalancer(id).config);
  if (text?.hasMetricsListener !== true) return false;
  return (await host.services.state(haproxyService(id))).status !== 'inactive';
}
