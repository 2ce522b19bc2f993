import type { ListenerId } from '../../domain/ids.ts';
import { lvsListenerIds, readLvsModel } from '../keepalived/lvs-listeners.ts';
import { keepalivedDump } from './keepalived-dump.ts';
import { type DiagnosticsContext, filePart, jsonPart, type Part, presentFile } from './part.ts';

/** Returns the parts of keepalived for VRRP, and of the keepalived of each UDP and SCTP listener. */
export async function keepalivedParts(context: DiagnosticsContext): Promise<Part[]> {
  const { vrrp } = context.paths;
  const listeners = await lvsListenerIds(context);
  return [
    ...(await presentFile(context, 'keepalived/vrrp.conf', vrrp.config)),
    ...(await presentFile(context, 'keepalived/main.conf', vrrp.mainConfig)),
    ...(await presentFile(context, 'keepalived/orders.json', vrrp.orders)),
    ...(await presentFile(context, 'keepalived/check_script.sh', vrrp.checkScript)),
    { name: 'keepalived/vrrp.json', read: () => keepalivedDump(context, context.running?.underWay) },
    ...(await Promise.all(listeners.map((id) => lvsParts(context, id)))).flat(),
  ];
}

async function lvsParts(context: DiagnosticsContext, id: ListenerId): Promise<Part[]> {
  const at = context.paths.lvsListener(id);
  return [
    filePart(context, `udp-listeners/${id}/keepalived.conf`, at.config),
    ...(await presentFile(context, `udp-listeners/${id}/main.conf`, at.mainConfig)),
    ...(await presentFile(context, `udp-listeners/${id}/orders.json`, at.orders)),
    jsonPart(
      `udp-listeners/${id}/model.json`,
      async () =>
        (await readLvsModel(context, id))?.model ?? 'no model: the configuration was uploaded as a text',
    ),
  ];
}
