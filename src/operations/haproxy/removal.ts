import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { updateMetricsProxy } from '../amphora/metrics-proxy.ts';
import type { OperationContext } from '../context.ts';
import { updateCheckScripts } from '../keepalived/check-scripts.ts';

/** Stops a load balancer's haproxy and removes all that it has on disk; nothing there is fine (contract section 5). */
export function deleteLoadBalancer(context: OperationContext, id: HaproxyId): Promise<void> {
  return context.queue.run(id, async () => {
    const { host, paths, logger } = context;
    const at = paths.loadBalancer(id);
    await host.files.remove(at.certificates);
    if (!(await host.files.exists(at.directory))) return;
    const wasConfigured = await host.files.exists(at.config);
    // the check asks it no longer before it stops: keepalived never finds it down
    if (wasConfigured) await updateCheckScripts(context, { id, shouldRun: false });
    await host.services.remove(haproxyService(id));
    await host.files.remove(at.statsSocket);
    await host.files.remove(at.directory);
    if (wasConfigured) await updateCheckScripts(context, { id, shouldRun: false });
    await updateMetricsProxy(context);
    logger.info({ loadBalancer: id }, 'load balancer deleted');
  });
}
