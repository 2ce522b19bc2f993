import { lookup as lookupName } from 'node:dns/promises';
import { atMost } from './at-most.ts';

/** Where a name leads. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The system's own resolution of names: /etc/hosts, DNS. Rejects where there is no address. */
export type Lookup = (host: string) => Promise<{ readonly address: string; readonly family: number }>;

export interface Resolver {
  /**
   * An address is its own answer, without asking anybody. A name's last known address comes at once, and is looked up again in the
   * background when it is older than a minute; only a name never resolved before is waited for.
   * @returns undefined where there is none within `limitMs`
   */
  resolve(host: string, limitMs: number): Promise<ResolvedAddress | undefined>;
}

const FRESH_MS = 60_000;

interface Known {
  found?: ResolvedAddress;
  foundAt: number;
  pending?: Promise<void>;
}

/** @param lookup how names are looked up; one look-up per name at a time, however long it takes */
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
