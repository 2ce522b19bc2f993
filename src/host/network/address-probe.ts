import { hexBytesOf } from '../../domain/network/addresses.ts';
import type { Argv, CommandRunner } from '../command.ts';
import { ENTER_NAMESPACE } from './enter-namespace.ts';

/** Another machine that has an address of this one. */
export interface OtherOwner {
  readonly address: string;
  /** lower case, with colons */
  readonly macAddress: string;
}

/** Finds machines that have the same address as this one. */
export interface AddressProbe {
  /**
   * Sends one probe from the interface for each address that the namespace has, and waits a second for answers. Does nothing
   * about the other addresses.
   * @throws CommandFailed
   */
  otherOwners(interfaceName: string, addresses: readonly string[]): Promise<OtherOwner[]>;
}

/**
 * The longest time until an answer counts: the wait after a neighbour solicitation (RETRANS_TIMER of RFC 4861, which RFC 4862 uses
 * for duplicate addresses), and the shortest time between two ARP probes (PROBE_MIN of RFC 5227).
 */
const WAIT_SECONDS = 1;
const TIMEOUT_MS = 10_000;

/** @param program Perl text, see templates/programs/address-probe.pl.njk */
export const createAddressProbe = (commands: CommandRunner, program: () => string): AddressProbe => ({
  async otherOwners(interfaceName, addresses) {
    const named = new Map(addresses.map((address) => [hexBytesOf(address), address]));
    const words = [interfaceName, `${WAIT_SECONDS}`, ...named.keys()];
    const argv: Argv = [...ENTER_NAMESPACE, 'perl', '-e', program(), ...words];
    const { stdout } = await commands.run(argv, { timeoutMs: TIMEOUT_MS });
    return stdout.split('\n').flatMap((line) => {
      const [hex = '', macAddress] = line.split(' ');
      const address = named.get(hex);
      return address && macAddress ? [{ address, macAddress }] : [];
    });
  },
});
