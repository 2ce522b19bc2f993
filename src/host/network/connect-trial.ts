import { type TcpAddress, tryAddresses } from './address-trial.ts';
import type { NamespaceNetwork } from './namespace.ts';

/** Finds out which addresses of the namespace accept connections. */
export interface ConnectTrial {
  /**
   * Opens a connection to each address and closes it at once.
   * @returns the addresses that accepted; an address that the namespace does not have never does
   * @throws CommandFailed
   */
  addressesThatAccept<Address extends TcpAddress>(addresses: readonly Address[]): Promise<Address[]>;
}

const TIMEOUT_MS = 10_000;
const CONNECT_SECONDS = '3';

/** @param program Perl text, see templates/programs/connect-trial.pl.njk */
export const createConnectTrial = (
  network: Pick<NamespaceNetwork, 'run'>,
  program: () => string,
): ConnectTrial => ({
  addressesThatAccept: (addresses) =>
    tryAddresses(network, program(), addresses, { limitMs: TIMEOUT_MS, words: [CONNECT_SECONDS] }),
});
