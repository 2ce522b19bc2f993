import type { NamespaceNetwork } from './namespace.ts';

/** An address with a TCP port. */
export interface TcpAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Runs a program in the namespace that tries addresses.
 * @param program Perl text, which prints the indexes of some of its arguments `ADDRESS PORT`
 * @param options.limitMs the longest time of the program @param options.words arguments before the addresses
 * @returns the addresses whose indexes it prints
 * @throws CommandFailed
 */
export async function tryAddresses<Address extends TcpAddress>(
  network: Pick<NamespaceNetwork, 'run'>,
  program: string,
  addresses: readonly Address[],
  { limitMs, words = [] }: { readonly limitMs: number; readonly words?: readonly string[] },
): Promise<Address[]> {
  const named = addresses.flatMap(({ address, port }) => [address, `${port}`]);
  const { stdout } = await network.run(['perl', '-e', program, ...words, ...named], limitMs);
  const indexes = stdout.split('\n');
  return addresses.filter((_, index) => indexes.includes(`${index}`));
}
