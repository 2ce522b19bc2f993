import { hostLength, networkOf } from '../../../src/domain/network/addresses.ts';
import type { InterfaceState } from '../../../src/domain/network/interface-state.ts';

/**
 * An interface's state in the words of expectedText. A subnet's route counts as connected where the kernel made it, and
 * also where an older static one serves beside it.
 */
export function stateText(state: InterfaceState): string[] {
  const addresses = state.addresses.filter(({ local, dynamic }) => !local && !dynamic);
  const subnets = new Set(
    addresses
      .filter(({ address, prefixLength }) => prefixLength < hostLength(address))
      .map(({ address, prefixLength }) => networkOf(address, prefixLength)),
  );
  const lines = new Set(addresses.map(({ address, prefixLength }) => `address ${address}/${prefixLength}`));
  for (const { destination, table, gateway, preferredSource, origin } of state.routes) {
    const isConnected = table === 254 && gateway === undefined && subnets.has(destination);
    if (isConnected) lines.add(`route ${destination} ${table} connected`);
    else if (origin === 'static') {
      lines.add(`route ${destination} ${table} via ${gateway ?? 'link'} src ${preferredSource ?? '-'}`);
    }
  }
  for (const { source, sourceLength, table, origin } of state.rules) {
    if (origin !== 'kernel') lines.add(`rule ${source}/${sourceLength} ${table}`);
  }
  return [...lines].sort();
}
