import { virtualServiceDrift } from '../../../domain/drift/virtual-service-drift.ts';
import type { ListenerId } from '../../../domain/ids.ts';
import { parseIpvsFile } from '../../../domain/keepalived/ipvs-text.ts';
import { keepalivedLvsService } from '../../../domain/paths.ts';
import { readLvsListener } from '../../../host/keepalived/lvs-listener.ts';
import type { OperationContext } from '../../context.ts';
import { lvsListenerIds } from '../../keepalived/lvs-listeners.ts';
import { type DriftKind, type FoundDifference, foundDifference, observeParts } from '../drift-kind.ts';

/**
 * The virtual services of UDP and SCTP listeners in the kernel. There is no repair: only a restart of keepalived brings them
 * back, and a restart cuts the flows of the services that are there.
 */
export const VIRTUAL_SERVICE_DRIFT: DriftKind = {
  kinds: ['virtual-services'],
  async observe(context, lock, onUnseen) {
    const ids = await lvsListenerIds(context);
    const parts = ids
      .filter((id) => lock === undefined || lock === id)
      .map((id) => ({
        ...{ kinds: ['virtual-services'], lock: id, object: undefined },
        observe: () => observeListener(context, id),
      }));
    return observeParts(parts, onUnseen);
  },
};

async function observeListener(
  { paths, host }: Pick<OperationContext, 'paths' | 'host'>,
  id: ListenerId,
): Promise<FoundDifference[] | undefined> {
  const listener = await readLvsListener(paths, host, id);
  if (listener?.keepalived === undefined) return [];
  // the first round of checks after a start still adds members
  if (listener.keepalived.isRestarting) return undefined;
  const table = await host.files.readText(`/proc/${listener.keepalived.pid}/net/ip_vs`);
  // a kernel without IPVS has no such file
  if (table === undefined) return [];
  const object = `virtual services of ${keepalivedLvsService(id)}`;
  return virtualServiceDrift(listener.text, parseIpvsFile(table)).map((drift) =>
    foundDifference({ kind: 'virtual-services', object, lock: id, ...drift }, undefined),
  );
}
