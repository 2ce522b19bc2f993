import { AgentError } from '../../errors.ts';
import type { FleetHost } from './fleet-host.ts';
import type { AmphoraLook } from './looks.ts';
import { groupsOf } from './pairs.ts';
import type { PlannedAmphora, RolloutState } from './plan.ts';

/** The state of a rollout belongs to another one, or can't be read. Nothing was sent. */
export class UnusableRollout extends AgentError {}

/** One amphora of a rollout. */
export interface RolloutAmphora extends FleetHost {
  /** ids of its load balancers and of its UDP and SCTP listeners, as it said last */
  readonly serves: readonly string[];
  /** whether it had a VIP, as it said last */
  readonly hasVip: boolean;
  /** whether its keepalived has a peer, as it said last */
  readonly hasPeer: boolean;
  /** whether its turn was put off, because it had got the VIP in the meantime */
  readonly wasPutOff: boolean;
  readonly state: RolloutState;
  /** why it is in this state; null where nothing is to say */
  readonly reason: string | null;
  /** how it looked right before its upgrade; null before that, and after a failure that the operator has accepted */
  readonly before: AmphoraLook | null;
  /** `requested_at` of the upgrade that it had before this rollout; null without one */
  readonly earlierUpgrade: string | null;
}

/** The rollout of one bundle over a fleet. It is kept in a file, so that another command can resume it. */
export interface Rollout {
  readonly format: 1;
  /** id of the bundle */
  readonly bundle: string;
  /** ISO 8601, UTC */
  readonly startedAt: string;
  readonly amphorae: readonly RolloutAmphora[];
}

const begun = (host: FleetHost): RolloutAmphora => ({
  ...host,
  ...{ serves: [], hasVip: false, hasPeer: false, wasPutOff: false, state: 'waiting', reason: null },
  ...{ before: null, earlierUpgrade: null },
});

/** Returns a rollout in which nothing has begun. */
export const newRollout = (bundle: string, hosts: readonly FleetHost[], now: Date): Rollout => ({
  ...{ format: 1, bundle, startedAt: now.toISOString() },
  amphorae: hosts.map(begun),
});

/** States that another command does not try again. */
const SETTLED: readonly RolloutState[] = ['running', 'upgraded', 'current'];

/** What a command that resumes a rollout wants. */
export interface WantedResumption {
  /** id of the bundle */
  readonly bundle: string;
  /** those of the file now */
  readonly hosts: readonly FleetHost[];
  /** ids of failed amphorae that count as if nothing had been done to them: how they look now is good enough */
  readonly accepted: ReadonlySet<string>;
}

/**
 * Returns a rollout that a new command resumes. Amphorae whose upgrade has begun or ended keep their state, the others
 * wait again. One that failed after its upgrade had begun stays failed, with how it looked before: only a look at it can tell
 * that it is in order again. The hosts are the wanted ones, and the amphorae whose upgrade has begun.
 * @throws UnusableRollout when the state belongs to another bundle
 */
export function resumedRollout(kept: Rollout, { bundle, hosts, accepted }: WantedResumption): Rollout {
  if (kept.bundle !== bundle)
    throw new UnusableRollout(
      `it is the state of a rollout of bundle ${kept.bundle} that has not ended, and this is bundle ${bundle}: remove the file to give that rollout up, or name another file by --state`,
    );
  const known = new Map(kept.amphorae.map((one) => [one.amphora, one]));
  const wanted = new Set(hosts.map(({ amphora }) => amphora));
  const gone = kept.amphorae.filter(({ amphora, state }) => state === 'running' && !wanted.has(amphora));
  const amphorae = hosts.map((host): RolloutAmphora => {
    const before = known.get(host.amphora);
    if (before === undefined) return begun(host);
    const isStillFailed = before.state === 'failed' && before.before !== null && !accepted.has(host.amphora);
    if (isStillFailed || SETTLED.includes(before.state)) return { ...before, ...host };
    const isAccepted = accepted.has(host.amphora);
    return { ...begun(host), serves: before.serves, before: isAccepted ? null : before.before };
  });
  return { ...kept, amphorae: [...gone, ...amphorae] };
}

/** Returns a rollout in which some values of one amphora have changed. */
export const withChange = (
  rollout: Rollout,
  amphora: string,
  change: Partial<Omit<RolloutAmphora, 'amphora'>>,
): Rollout => ({
  ...rollout,
  amphorae: rollout.amphorae.map((one) => (one.amphora === amphora ? { ...one, ...change } : one)),
});

/** Returns the ids of what an amphora serves, as the file of hosts says it and as the amphora said it. */
export const servedBy = ({
  serves,
  loadBalancer,
}: Pick<RolloutAmphora, 'serves' | 'loadBalancer'>): readonly string[] =>
  loadBalancer === undefined ? serves : [loadBalancer, ...serves];

/** Returns the amphorae as the plan needs them. */
export function plannedAmphorae({ amphorae }: Rollout): PlannedAmphora[] {
  const groups = groupsOf(
    amphorae.map(({ amphora, serves, loadBalancer }) => ({
      amphora,
      serves: servedBy({ serves, loadBalancer }),
    })),
  );
  return amphorae.map(({ amphora, hasVip, state, before }) => ({
    ...{ amphora, hasVip, state, wasTried: before !== null },
    group: groups.get(amphora) ?? amphora,
  }));
}

/**
 * Returns the waiting amphorae whose peer may be one that can't be reached: it has a peer, which is not among those that said
 * what they serve, and the file of hosts doesn't say it of all either.
 */
export function unseenPeers(rollout: Rollout): string[] {
  const hasUnknown = rollout.amphorae.some(
    (one) => one.state === 'unreachable' && servedBy(one).length === 0,
  );
  if (!hasUnknown) return [];
  const groups = Map.groupBy(plannedAmphorae(rollout), ({ group }) => group);
  const alone = new Set([...groups.values()].filter((of) => of.length === 1).map(([one]) => one?.amphora));
  return rollout.amphorae
    .filter(({ amphora, state, hasPeer }) => state === 'waiting' && hasPeer && alone.has(amphora))
    .map(({ amphora }) => amphora);
}

/** Whether every amphora has the packages of the bundle, so that the state is of no more use. */
export const isComplete = ({ amphorae }: Rollout): boolean =>
  amphorae.every(({ state }) => state === 'upgraded' || state === 'current');
