import { virtualServiceDrift } from '../../../domain/drift/virtual-service-drift.ts';
import { parseIpvsFile } from '../../../domain/keepalived/ipvs-text.ts';
import { keepalivedLvsService } from '../../../domain/paths.ts';
import { readLvsListener } from '../../../host/keepalived/lvs-listener.ts';
import { lvsListenerIds } from '../../keepalived/lvs-listeners.ts';
import { type DriftKind, type FoundDifference, foundDifference } from '../drift-kind.ts';

/**
 * The virtual services of UDP and SCTP listeners in the kernel. There is no repair: only a restart of keepalived brings them
 * back, and a restart cuts the flows of the services that are there.
 */
export const VIRTUAL_SERVICE_DRIFT: DriftKind = {
  kinds: ['virtual-services'],
  async observe({ paths, host }, lock) {
    const found: FoundDifference[] = [];
    for (const id of await lvsListenerIds({ paths, host })) {
      if (lock !== undefined && lock !== id) continue;
      const listener = await readLvsListener(paths, host, id);
      // the first round of checks after a start still adds members
      if (listener?.keepalived === undefined || listener.keepalived.isRestarting) continue;
      const table = await host.files.readText(`/proc/${listener.keepalived.pid}/net/ip_vs`);
      // a kernel without IPVS has no such file
      if (table === undefined) continue;
      const object = `virtual services of ${keepalivedLvsService(id)}`;
      for (const drift of virtualServiceDrift(listener.text, parseIpvsFile(table)))
        found.push(foundDifference({ kind: 'virtual-services', object, lock: id, ...drift }, undefined));
    }
    return found;
  },
};
