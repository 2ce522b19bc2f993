import {
  type KeepalivedOrders,
  parseOrders,
  serialiseOrders,
} from '../../domain/keepalived/keepalived-orders.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

type OrdersContext = Pick<OperationContext, 'host' | 'logger'>;

const MODE = 0o600;

/** The files of one keepalived, for VRRP or for a UDP or SCTP listener. */
interface OrderedKeepalived {
  readonly config: string;
  readonly pidFile: string;
  readonly orders: string;
}

/** @returns undefined before the first order to this agent */
export const readOrders = async (
  { host }: Pick<OrdersContext, 'host'>,
  { orders }: Pick<OrderedKeepalived, 'orders'>,
): Promise<KeepalivedOrders | undefined> => parseOrders(await host.files.readText(orders));

/**
 * Notes that keepalived is to run the stored configuration. The notes are only for reports and repairs of drift: a failed write
 * is logged, and the action goes on.
 * @returns a function that notes that keepalived runs it now. Only keepalived for VRRP needs it: that one keeps its processes in a
 *   reload
 */
export async function noteOrder(
  context: OrdersContext,
  keepalived: OrderedKeepalived,
): Promise<() => Promise<void>> {
  const { host } = context;
  const ordered = md5Hex((await host.files.read(keepalived.config)) ?? Buffer.alloc(0));
  const running = { wanted: 'running', ordered } as const;
  const { applied } = (await readOrders(context, keepalived)) ?? {};
  await write(context, keepalived, { ...running, applied });
  return async () => {
    const pid = await host.processes.runningPid(keepalived.pidFile, 'keepalived');
    const now = pid === undefined ? undefined : { md5: ordered, pid };
    await write(context, keepalived, { ...running, applied: now });
  };
}

/** Notes that keepalived is to stop, before it does: after a kill of the agent, the stop must still count. */
export async function noteStop(context: OrdersContext, keepalived: OrderedKeepalived): Promise<void> {
  const orders = await readOrders(context, keepalived);
  if (orders !== undefined && orders.wanted !== 'stopped')
    await write(context, keepalived, { ...orders, wanted: 'stopped' });
}

/** Without the file nothing is known, which is better than an old order. */
async function write(
  { host, logger }: OrdersContext,
  { orders: file }: OrderedKeepalived,
  orders: KeepalivedOrders,
): Promise<void> {
  try {
    await host.files.write(file, serialiseOrders(orders), { mode: MODE });
  } catch (error) {
    logger.warn({ file, reason: reasonOf(error) }, 'an order for keepalived is not noted');
    await host.files.remove(file).catch(() => undefined);
  }
}
