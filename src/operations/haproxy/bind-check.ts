import { type BoundAddress, boundTcpAddresses } from '../../domain/haproxy/bind-lines.ts';
import { CommandFailed, ServiceFailed } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { OperationContext } from '../context.ts';

const TIMEOUT_MS = 5_000;

/**
 * Binds each `ADDRESS PORT` of its arguments as haproxy would, beside the running haproxy. Prints the numbers of the
 * addresses that another socket holds without sharing. It never listens, so it receives no connection.
 */
const TRY_TO_BIND = `use Socket qw(:all); use Errno;
for my $number (0 .. @ARGV / 2 - 1) {
  my ($address, $port) = @ARGV[2 * $number, 2 * $number + 1];
  my $is6 = $address =~ /:/;
  my $packed = inet_pton($is6 ? AF_INET6 : AF_INET, $address) or next;
  socket(my $socket, $is6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or next;
  setsockopt($socket, SOL_SOCKET, $_, 1) for SO_REUSEADDR, SO_REUSEPORT;
  setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) if $is6;
  bind($socket, $is6 ? pack_sockaddr_in6($port, $packed) : pack_sockaddr_in($port, $packed)) and next;
  print "$number\\n" if $!{EADDRINUSE};
}`;

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
  const taken = await tryToBind(host, bound).catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error;
    logger.warn({ service, err: error }, 'cannot test whether the new addresses are free');
    return [];
  });
  if (taken.length > 0) throw new ServiceFailed('reload', service, taken.map(bindError).join('\n'));
}

const nameOf = ({ address, port }: BoundAddress): string => `${address} ${port}`;

/** @returns the addresses that another socket holds @throws CommandFailed */
async function tryToBind(
  { network }: Pick<Host, 'network'>,
  bound: readonly BoundAddress[],
): Promise<BoundAddress[]> {
  const args = bound.flatMap(({ address, port }) => [address, `${port}`]);
  const { stdout } = await network.run(['perl', '-e', TRY_TO_BIND, ...args], TIMEOUT_MS);
  const numbers = stdout.split('\n');
  return bound.filter((_, number) => numbers.includes(`${number}`));
}

const bindError = ({ proxy, address, port }: BoundAddress): string =>
  `Starting frontend ${proxy}: cannot bind socket (Address already in use) [${address}:${port}]`;
