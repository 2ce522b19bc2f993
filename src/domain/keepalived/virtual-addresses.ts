import { readAddress } from '../network/addresses.ts';

/** Returns the addresses that a keepalived for VRRP adds and removes, in their shortest form. @param text its configuration */
export function virtualAddresses(text: string): string[] {
  const blocks = [...text.matchAll(/^\s*virtual_ipaddress(?:_excluded)?\s*\{([^}]*)\}/gm)];
  return blocks.flatMap(([, content = '']) =>
    content.split('\n').flatMap((line) => {
      const [address = ''] = line.trim().split(/[\s/]/);
      const reading = readAddress(address);
      return 'value' in reading ? [reading.value] : [];
    }),
  );
}
