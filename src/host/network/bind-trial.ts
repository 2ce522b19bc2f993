import { type TcpAddress, tryAddresses } from './address-trial.ts';
import type { NamespaceNetwork } from './namespace.ts';

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
  addressesInUse: (addresses) => tryAddresses(network, program(), addresses, { limitMs: TIMEOUT_MS }),
});
