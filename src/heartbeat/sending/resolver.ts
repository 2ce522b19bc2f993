import { lookup as lookupName } from 'node:dns/promises';
import { atMost } from '../at-most.ts';

/** An IP address with its version. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Looks up a name as the system does, in /etc/hosts and DNS. Rejects if the name has no address. */
export type Lookup = (host: string) => Promise<{ readonly address: string; readonly family: number }>;

export interface Resolver {
  /**
   * Returns an address at once, without a look-up. Returns the last known address of a name at once too, and looks the name
   * up in the background if that address is older than a minute. Waits only for a name that was never resolved.
   * @returns undefined if there is no address within `limitMs`
   */
  resolve(host: string, limitMs: number): Promise<ResolvedAddress | undefined>;
}

const FRESH_MS = 60_000;

interface Known {
  found?: ResolvedAddress;
  foundAt: number;
  pending?: Promise<void>;
}

/** Creates a resolver. @param lookup looks up a name; called once at a time for each name, however long it takes */
export function createResolver(lookup: Lookup = lookupName): Resolver {
  const names = new Map<string, Known>();

  const refresh = (host: string, known: Known): Promise<void> => {
    known.pending ??= lookup(host)
      .then(
        ({ address, family }) => {
          known.found = { address, family: family === 6 ? 6 : 4 };
          known.foundAt = performance.now();
        },
        () => undefined,
      )
      .finally(() => delete known.pending);
    return known.pending;
  };

  return {
    async resolve(host, limitMs) {
      const known = names.get(host) ?? { foundAt: Number.NEGATIVE_INFINITY };
      names.set(host, known);
      if (performance.now() - known.foundAt < FRESH_MS) return known.found;
      const refreshed = refresh(host, known);
      if (known.found === undefined) await atMost(refreshed, limitMs);
      return known.found;
    },
  };
}
