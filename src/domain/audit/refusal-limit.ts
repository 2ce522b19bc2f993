import type { AuditedClient, AuditedRequest, FurtherRefusals } from './audit-line.ts';

/** The time from one line about refused requests of a certificate to its next one, in ms. */
export const REFUSAL_LINE_MS = 60_000;
/** The number of certificates that have lines of their own. All others share theirs. */
export const MOST_CERTIFICATES = 64;

/** The refusals of one certificate since its last line. */
interface Refused {
  /** undefined: certificates beyond the first MOST_CERTIFICATES, together */
  readonly client: AuditedClient | undefined;
  /** time of the last line, in ms */
  readonly since: number;
  /** refused requests without a line */
  readonly count: number;
  /** the first and the last of them; undefined: none */
  readonly first: AuditedRequest | undefined;
  readonly last: AuditedRequest | undefined;
}

/** The certificates that had a line about a refusal within the last minute, by their fingerprints. */
export type RecentRefusals = ReadonlyMap<string, Refused>;

const OTHERS = 'others';

/**
 * Decides whether a refused request gets a line of its own: the first one of a certificate does, the later ones are counted.
 * @param now in ms, from any clock that never goes back
 */
export function withRefusal(
  recent: RecentRefusals,
  request: AuditedRequest,
  now: number,
): { readonly recent: RecentRefusals; readonly hasOwnLine: boolean } {
  const own = request.client.fingerprint ?? '';
  const isOwn =
    recent.has(own) || [...recent.keys()].filter((key) => key !== OTHERS).length < MOST_CERTIFICATES;
  const key = isOwn ? own : OTHERS;
  const known = recent.get(key);
  const client = isOwn ? request.client : undefined;
  const next = known
    ? { ...known, count: known.count + 1, first: known.first ?? request, last: request }
    : { client, since: now, count: 0, first: undefined, last: undefined };
  return { recent: new Map([...recent, [key, next]]), hasOwnLine: known === undefined };
}

/**
 * Returns the lines about counted requests that are due, and forgets the certificates that were not refused again.
 * @param now the same clock as in withRefusal(); Number.POSITIVE_INFINITY: all lines are due
 */
export function dueRefusals(
  recent: RecentRefusals,
  now: number,
): { readonly recent: RecentRefusals; readonly lines: readonly FurtherRefusals[] } {
  const kept = new Map<string, Refused>();
  const lines: FurtherRefusals[] = [];
  for (const [key, refused] of recent) {
    const isDue = now - refused.since >= REFUSAL_LINE_MS;
    if (!isDue) kept.set(key, refused);
    const line = isDue ? lineOf(refused) : undefined;
    if (line === undefined) continue;
    lines.push(line);
    kept.set(key, { ...refused, since: now, count: 0, first: undefined, last: undefined });
  }
  return { recent: kept, lines };
}

/** Returns the time at which dueRefusals() has something to do; undefined: never. */
export const nextDue = (recent: RecentRefusals): number | undefined =>
  recent.size === 0
    ? undefined
    : Math.min(...[...recent.values()].map(({ since }) => since)) + REFUSAL_LINE_MS;

function lineOf({ client, count, first, last }: Refused): FurtherRefusals | undefined {
  if (first === undefined || last === undefined) return undefined;
  return {
    event: 'further refusals',
    ...(client === undefined ? {} : { client }),
    requests: count,
    from: first.time,
    to: last.time,
    last: { method: last.method, path: last.path },
  };
}
