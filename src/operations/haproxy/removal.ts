import type { HaproxyId } from '../../domain/ids.ts';
import { haproxyService } from '../../domain/paths.ts';
import { updateMetricsProxy } from '../amphora/metrics-proxy.ts';
import type { OperationContext } from '../context.ts';
import { updateCheckScripts } from '../keepalived/check-scripts.ts';
import { noteWanted } from './orders.ts';

/** Stops a load balancer's haproxy and removes its files. Does nothing without files (docs/contract.md, section 5). */
export function deleteLoadBalancer(context: OperationContext, id: HaproxyId): Promise<void> {
  return context.queue.run(id, async () => {
    const { host, paths, logger } = context;
    const at = paths.loadBalancer(id);
    await host.files.remove(at.certificates);
    if (!(await host.files.exists(at.directory))) return;
    const wasConfigured = await host.files.exists(at.config);
    // removed from the check before the stop, so that keepalived never finds this haproxy down
    if (wasConfigured) await updateCheckScripts(context, { id, shouldRun: false });
    // an interrupted deletion must not look like a stop by hand
    if (wasConfigured) await noteWanted(context, id, 'stopped');
    await host.services.remove(haproxyService(id));
    await host.files.remove(at.statsSocket);
    await host.files.remove(at.directory);
    if (wasConfigured) await updateCheckScripts(context, { id, shouldRun: false });
    await updateMetricsProxy(context);
    logger.info({ loadBalancer: id }, 'load balancer deleted');
  });
}
