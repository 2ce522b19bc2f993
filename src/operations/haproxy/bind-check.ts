import { type BoundAddress, boundTcpAddresses } from '../../domain/haproxy/bind-lines.ts';
import { CommandFailed, ServiceFailed } from '../../errors.ts';
import type { OperationContext } from '../context.ts';

/**
 * Finds out that haproxy could not bind before it is told to reload: while a new worker tries to, for one or two seconds,
 * haproxy 2.6 holds the listeners of the old one back. Whatever else keeps haproxy from binding is left to haproxy.
 * @param running the configuration that it runs: what that binds is its own; undefined where it isn't known
 * @throws ServiceFailed in words like haproxy's
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
    logger.warn({ service, err: error }, 'addresses not tried before the reload');
    return [];
  });
  if (taken.length > 0) throw new ServiceFailed('reload', service, taken.map(complaint).join('\n'));
}

const nameOf = ({ address, port }: BoundAddress): string => `${address} ${port}`;

const complaint = ({ proxy, address, port }: BoundAddress): string =>
  `Starting frontend ${proxy}: cannot bind socket (Address already in use) [${address}:${port}]`;
