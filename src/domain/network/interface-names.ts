const FIRST_NETWORK = 2;

/** Returns the name of the next member network's interface: the first free ethN, beginning with eth2. */
export function freeNetworkName(taken: readonly string[]): string {
  let number = FIRST_NETWORK;
  while (taken.includes(`eth${number}`)) number += 1;
  return `eth${number}`;
}
