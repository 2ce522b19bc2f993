import {
  type KeepalivedOrders,
  parseOrders,
  serialiseOrders,
} from '../../domain/keepalived/keepalived-orders.ts';
import { md5Hex } from '../../domain/text/md5.ts';
import { reasonOf } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

type OrdersContext = Pick<OperationContext, 'paths' | 'host' | 'logger'>;

const MODE = 0o600;

export const readOrders = async ({
  paths,
  host,
}: Pick<OrdersContext, 'paths' | 'host'>): Promise<KeepalivedOrders | undefined> =>
  parseOrders(await host.files.readText(paths.vrrp.orders));

/**
 * Notes that keepalived is to run the stored configuration. The notes are only for reports: a failed write is logged, and the
 * action goes on.
 * @returns a function that notes that keepalived runs it now
 */
export async function noteOrder(context: OrdersContext): Promise<() => Promise<void>> {
  const { paths, host } = context;
  const ordered = md5Hex((await host.files.read(paths.vrrp.config)) ?? Buffer.alloc(0));
  await write(context, { ordered, applied: (await readOrders(context))?.applied });
  return async () => {
    const pid = await host.processes.runningPid(paths.vrrp.pidFile, 'keepalived');
    await write(context, { ordered, applied: pid === undefined ? undefined : { md5: ordered, pid } });
  };
}

async function write({ paths, host, logger }: OrdersContext, orders: KeepalivedOrders): Promise<void> {
  try {
    await host.files.write(paths.vrrp.orders, serialiseOrders(orders), { mode: MODE });
  } catch (error) {
    logger.warn({ reason: reasonOf(error) }, 'which configuration keepalived runs is not noted');
  }
}
