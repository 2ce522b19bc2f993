import type { OperationContext } from '../context.ts';

/**
 * Sends one gratuitous ARP or unsolicited neighbour advertisement for each address. A failure is logged, and the other
 * addresses are still advertised.
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
