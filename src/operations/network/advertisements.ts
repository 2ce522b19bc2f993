import type { OperationContext } from '../context.ts';

/**
 * Tells the neighbours who has these addresses: one gratuitous ARP or unsolicited neighbour advertisement each.
 * An address that can't be advertised is logged; the others still are.
 */
export async function advertiseVips(
  { host, logger }: Pick<OperationContext, 'host' | 'logger'>,
  addresses: readonly string[],
): Promise<void> {
  await Promise.all(
    addresses.map(async (address) => {
      try {
        const name = await host.network.interfaceOf(address);
        if (name === undefined) logger.warn({ address }, 'VIP is on no interface yet: not advertised');
        else if (name !== 'lo') await host.network.advertise(name, address);
      } catch (error) {
        logger.warn({ address, err: error }, 'VIP not advertised');
      }
    }),
  );
}
