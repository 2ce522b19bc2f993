import { hexBytesOf } from '../network/addresses.ts';

/** Another machine that has an address of this one. */
export interface OtherOwner {
  readonly address: string;
  /** lower case, with colons */
  readonly macAddress: string;
}

/** A question of the protocol of templates/programs/network-watch.pl.njk: which other machines have an address of this one? */
export interface OwnerProbe {
  readonly interfaceName: string;
  /** how long the program waits for answers */
  readonly seconds: number;
  readonly addresses: readonly string[];
}

/** Returns the line that asks the question. */
export const probeLine = ({ interfaceName, seconds, addresses }: OwnerProbe): string =>
  `${['probe', interfaceName, seconds, ...addresses.map(hexBytesOf)].join(' ')}\n`;

/**
 * Returns the machines that an answer names.
 * @param text its lines `ADDRESS MAC`, with addresses in hexadecimal bytes
 * @param addresses the addresses of the question
 */
export function otherOwnersIn(text: string, addresses: readonly string[]): OtherOwner[] {
  const named = new Map(addresses.map((address) => [hexBytesOf(address), address]));
  return text.split('\n').flatMap((line) => {
    const [hex = '', macAddress] = line.split(' ');
    const address = named.get(hex);
    return address && macAddress ? [{ address, macAddress }] : [];
  });
}
