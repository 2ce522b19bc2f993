import type { NamespaceNetwork } from './namespace.ts';

/** An address with a TCP port. */
export interface TcpAddress {
  readonly address: string;
  readonly port: number;
}

/** Finds out which addresses another process has, before haproxy binds them. */
export interface BindTrial {
  /**
   * Binds each address as haproxy would, beside the running haproxy, and gives it back at once. Nothing listens there
   * meanwhile, so no connection arrives.
   * @returns the addresses that are in use by a process that does not share them
   * @throws CommandFailed
   */
  addressesInUse<Address extends TcpAddress>(addresses: readonly Address[]): Promise<Address[]>;
}

const TIMEOUT_MS = 5_000;

/** @param program Perl text, see templates/programs/bind-trial.pl.njk */
export const createBindTrial = (
  network: Pick<NamespaceNetwork, 'run'>,
  program: () => string,
): BindTrial => ({
  async addressesInUse(addresses) {
    const words = addresses.flatMap(({ address, port }) => [address, `${port}`]);
    const { stdout } = await network.run(['perl', '-e', program(), ...words], TIMEOUT_MS);
    const indexes = stdout.split('\n');
    return addresses.filter((_, index) => indexes.includes(`${index}`));
  },
});
