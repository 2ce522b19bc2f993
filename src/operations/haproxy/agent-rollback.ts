import type { HaproxyId } from '../../domain/ids.ts';
import { updateMetricsProxy } from '../amphora/metrics-proxy.ts';
import type { OperationContext } from '../context.ts';
import { applyStored } from '../run-time/apply-stored.ts';
import { type RolledBack, rollBackTo } from './rollback.ts';

/**
 * Rolls a load balancer back as rollBackTo() does. haproxy isn't reloaded if only members or certificates differ.
 * @param wanted number in configHistory() or md5 @throws as rollBackTo() does
 */
export async function rollBackInAgent(
  context: OperationContext,
  id: HaproxyId,
  wanted: string | undefined,
): Promise<RolledBack> {
  try {
    return await rollBackTo(context, id, { wanted, apply: () => applyStored(context, id) });
  } finally {
    await updateMetricsProxy(context);
  }
}
