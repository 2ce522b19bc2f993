import { type BoundAddress, boundTcpAddresses } from '../../domain/haproxy/bind-lines.ts';
import { CommandFailed, ServiceFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

/**
 * Refuses a reload with addresses that are in use. haproxy would notice too, but while its new worker tries to bind, for
 * one or two seconds, haproxy 2.6 pauses the listeners of the old worker. Other failures to bind are left to haproxy.
 * @param running the running configuration, whose addresses haproxy itself holds; undefined when it is unknown
 * @throws ServiceFailed with a text in haproxy's format
 */
export async function refuseTakenAddresses(
  { host, logger }: Pick<OperationContext, 'host' | 'logger'>,
  service: string,
  text: string,
  running: string | undefined,
): Promise<void> {
  const own = new Set(boundTcpAddresses(running ?? '').map(nameOf));
  const bound = boundTcpAddresses(text).filter((one) => !own.has(nameOf(one)));
  if (bound.length === 0) return;
  const taken = await host.bindTrial.addressesInUse(bound).catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error;
    logger.warn({ service, err: error }, 'cannot test whether the new addresses are free');
    return [];
  });
  if (taken.length > 0) throw new ServiceFailed('reload', service, taken.map(bindError).join('\n'));
}

const nameOf = ({ address, port }: BoundAddress): string => `${address} ${port}`;

const bindError = ({ proxy, address, port }: BoundAddress): string =>
  `Starting frontend ${proxy}: cannot bind socket (Address already in use) [${address}:${port}]`;
