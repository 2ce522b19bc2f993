import { type OtherOwner, otherOwnersIn } from '../../domain/drift/owner-probe.ts';
import type { NetworkWatch } from './network-watch.ts';

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

/** @param watch its program sends the probes @param seconds how long answers count */
export const createAddressProbe = (
  watch: Pick<NetworkWatch, 'probe'>,
  seconds = WAIT_SECONDS,
): AddressProbe => ({
  async otherOwners(interfaceName, addresses) {
    const text = await watch.probe({ interfaceName, seconds, addresses });
    return otherOwnersIn(text, addresses);
  },
});
