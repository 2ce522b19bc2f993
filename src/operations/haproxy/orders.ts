import {
  type HaproxyOrders,
  originOf,
  parseHaproxyOrders,
  serialiseHaproxyOrders,
  type TextOrigin,
  withStored,
} from '../../domain/haproxy/haproxy-orders.ts';
import type { HaproxyId } from '../../domain/ids.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import type { WantedState } from '../../domain/wanted-state.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

type ReadContext = Pick<OperationContext, 'paths' | 'host'>;
type OrdersContext = ReadContext & Pick<OperationContext, 'logger'>;

const MODE = 0o600;

/** Returns what controllers ordered of a load balancer. It has no orders before the first one to this agent. */
export const readHaproxyOrders = async (
  { paths, host }: ReadContext,
  id: HaproxyId,
): Promise<HaproxyOrders> => parseHaproxyOrders(await host.files.readText(paths.loadBalancer(id).orders));

/** Returns who stored a configuration of a load balancer. */
export const textOrigin = async (context: ReadContext, id: HaproxyId, md5: string): Promise<TextOrigin> =>
  originOf(md5, await readHaproxyOrders(context, id));

/** Notes what a controller orders, before it is done: after a kill of the agent, a stop must still count. */
export const noteWanted = (context: OrdersContext, id: HaproxyId, wanted: WantedState): Promise<void> =>
  noteOrder(context, id, wanted);

/** Notes that a running haproxy is ordered to run the stored configuration, before it does. */
export const noteStoredOrdered = (context: OrdersContext, id: HaproxyId): Promise<void> =>
  noteOrder(context, id, undefined);

/** @param wanted undefined: a haproxy that runs is to run the stored configuration */
async function noteOrder(
  context: OrdersContext,
  id: HaproxyId,
  wanted: WantedState | undefined,
): Promise<void> {
  const before = await readHaproxyOrders(context, id);
  const orders = {
    ...before,
    wanted: wanted ?? before.wanted,
    ordered: wanted === 'stopped' ? before.ordered : await storedMd5(context, id),
  };
  if (orders.wanted !== before.wanted || orders.ordered !== before.ordered) await write(context, id, orders);
}

async function storedMd5({ paths, host }: ReadContext, id: HaproxyId): Promise<string | undefined> {
  const stored = await host.files.read(paths.loadBalancer(id).config);
  return stored && md5Hex(stored);
}

/** Notes a configuration that the agent is about to store. */
export const noteStored = async (context: OrdersContext, id: HaproxyId, md5: string): Promise<void> => {
  const orders = await readHaproxyOrders(context, id);
  if (orders.stored[0] !== md5) await write(context, id, withStored(orders, md5));
};

/** A failed write is logged, and the request goes on. Without the file nothing is known, which is better than an old order. */
async function write(
  { paths, host, logger }: OrdersContext,
  id: HaproxyId,
  orders: HaproxyOrders,
): Promise<void> {
  const file = paths.loadBalancer(id).orders;
  try {
    await host.files.write(file, serialiseHaproxyOrders(orders), { mode: MODE });
  } catch (error) {
    logger.warn({ loadBalancer: id, reason: reasonOf(error) }, 'an order for haproxy is not noted');
    await host.files.remove(file).catch(() => undefined);
  }
}
