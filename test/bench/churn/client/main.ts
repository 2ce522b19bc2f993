/**
 * A process with the clients of a load balancer. Argument: the orders as JSON. Sends `ready` when all connections are open. At
 * the message `finish` it waits for what has an end, sends its counts, and ends.
 */

import { startDownloads } from './downloads.ts';
import { clientOrders } from './orders.ts';
import type { ClientPart } from './part.ts';
import { startRequests } from './requests.ts';
import { keepTlsConnections } from './tls-connections.ts';
import { openWebsockets } from './websockets.ts';

const { host, http, tls } = clientOrders.parse(JSON.parse(process.argv[2] ?? ''));
const parts: ClientPart[] = [];
if (http !== undefined) {
  parts.push(await openWebsockets(host, http.websockets));
  parts.push(startRequests(host, http.rate), startDownloads(host));
}
if (tls !== undefined) parts.push(await keepTlsConnections({ host, ...tls }, tls.connections));
process.send?.('ready');
process.once('message', () => void finish());
process.on('disconnect', () => process.exit());

async function finish(): Promise<void> {
  await Promise.all(parts.map((part) => part.finish()));
  process.send?.(Object.assign({}, ...parts.map((part) => part.counts())), () => process.exit());
}
