const FIRST_NETWORK = 2;

/** The name of the next member network's interface: the first free ethN from 2 (contract section 8). */
export function freeNetworkName(taken: readonly string[]): string {
  let number = FIRST_NETWORK;
  while (taken.includes(`eth${number}`)) number += 1;
  return `eth${number}`;
}
