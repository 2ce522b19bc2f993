/**
 * The state of an amphora in a rollout:
 * - `waiting`: its turn has not come
 * - `running`: its upgrade has begun and its result is not known
 * - `upgraded`: it has the new packages, is ready and looks as before
 * - `current`: it had the versions of the bundle already
 * - `failed`: its upgrade failed, or it does not look as before
 * - `held`: it is not touched, because it or its peer is not in a state for that
 * - `unreachable`: its agent did not answer before anything was done to it
 */
export type RolloutState = 'waiting' | 'running' | 'upgraded' | 'current' | 'failed' | 'held' | 'unreachable';

export interface PlannedAmphora {
  readonly amphora: string;
  /** amphorae of one load balancer have the same group */
  readonly group: string;
  /** whether it has a VIP, so that its peer comes first */
  readonly hasVip: boolean;
  /** whether an earlier command has tried to upgrade it: its result decides before others begin, and its agent may begin late */
  readonly wasTried: boolean;
  readonly state: RolloutState;
}

export interface PlanSettings {
  /** number of the amphorae that are upgraded before all others, one turn */
  readonly canary: number;
  /** number of amphorae in a later turn */
  readonly batch: number;
  /** number of failed amphorae at which nothing more begins */
  readonly stopOn: number;
}

/** What comes next. `begin`: amphorae of different load balancers. */
export type NextTurn =
  | { readonly kind: 'begin'; readonly amphorae: readonly string[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'stop'; readonly failed: number }
  | { readonly kind: 'end' };

/**
 * Decides which amphorae are upgraded next. A turn begins when all earlier ones have ended. It never has two amphorae of one
 * load balancer, and one without a VIP comes before its peer with the VIP. Those that were tried before come in turns of their own.
 * @param amphorae all of the fleet, in the order in which they should be upgraded
 */
export function nextTurn(amphorae: readonly PlannedAmphora[], settings: PlanSettings): NextTurn {
  if (amphorae.some(({ state }) => state === 'running')) return { kind: 'wait' };
  const count = (...states: readonly RolloutState[]): number =>
    amphorae.filter(({ state }) => states.includes(state)).length;
  const failed = count('failed');
  if (failed >= settings.stopOn) return { kind: 'stop', failed };
  const tried = count('upgraded', 'failed');
  const size = tried < settings.canary ? settings.canary - tried : settings.batch;
  const first = firstOfGroups(amphorae);
  const tryAgain = first.filter(({ wasTried }) => wasTried);
  const chosen = (tryAgain.length > 0 ? tryAgain : first).slice(0, size);
  if (chosen.length === 0) return { kind: 'end' };
  return { kind: 'begin', amphorae: chosen.map(({ amphora }) => amphora) };
}

/**
 * Whether the upgrade of an amphora of the turn under way may still begin: others of the turn may have failed since it began, and
 * so may the peer. Neither may be the case, and no peer may be `running`.
 * @param amphorae all of the fleet, as they are now @param amphora its state is `waiting`
 */
export function mayBegin(
  amphorae: readonly PlannedAmphora[],
  { stopOn }: Pick<PlanSettings, 'stopOn'>,
  amphora: string,
): boolean {
  if (amphorae.filter(({ state }) => state === 'failed').length >= stopOn) return false;
  const group = amphorae.find((one) => one.amphora === amphora)?.group;
  if (amphorae.some((one) => one.group === group && one.state === 'running')) return false;
  return !heldBack(amphorae).has(amphora);
}

/** Returns the pieces in which a turn is worked off, so that there is a look at all upgraded amphorae between two of them. */
export const piecesOf = <One>(turn: readonly One[], size: number): readonly (readonly One[])[] =>
  Array.from({ length: Math.ceil(turn.length / size) }, (_, index) =>
    turn.slice(index * size, (index + 1) * size),
  );

/** Returns one amphora of each group in which one may begin. */
function firstOfGroups(amphorae: readonly PlannedAmphora[]): PlannedAmphora[] {
  const held = heldBack(amphorae);
  const waiting = amphorae.filter(({ state, amphora }) => state === 'waiting' && !held.has(amphora));
  const first = new Map<string, PlannedAmphora>();
  for (const one of waiting) {
    const chosen = first.get(one.group);
    if (chosen === undefined || (chosen.hasVip && !one.hasVip)) first.set(one.group, one);
  }
  return [...first.values()];
}

const DISTURBED: Partial<Record<RolloutState, string>> = {
  failed: 'failed',
  held: 'is held back',
  unreachable: 'can not be reached',
};

/**
 * Returns the waiting amphorae that must not be touched, with the reason. While one of a pair is not in order, the other one is
 * all that serves the load balancer.
 */
export function heldBack(amphorae: readonly PlannedAmphora[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(amphorae, ({ group }) => group);
  return new Map(
    amphorae
      .filter(({ state }) => state === 'waiting')
      .flatMap((one) => {
        const reason = reasonAgainst(one, groups.get(one.group) ?? []);
        return reason === undefined ? [] : [[one.amphora, reason]];
      }),
  );
}

function reasonAgainst(one: PlannedAmphora, group: readonly PlannedAmphora[]): string | undefined {
  const peers = group.filter((peer) => peer !== one);
  for (const { amphora, state } of peers) {
    const fault = DISTURBED[state];
    if (fault !== undefined) return `its peer ${amphora} ${fault}`;
  }
  const late = one.wasTried ? undefined : peers.find((peer) => peer.wasTried && peer.state === 'waiting');
  if (late !== undefined) return `the earlier upgrade of its peer ${late.amphora} may still begin`;
  if (one.wasTried && one.hasVip && peers.some(({ state }) => state === 'waiting'))
    return 'it has got the VIP since its upgrade was tried';
  const rival = one.hasVip ? peers.find((peer) => peer.hasVip && peer.state === 'waiting') : undefined;
  return rival === undefined ? undefined : `its peer ${rival.amphora} has a VIP at the same time`;
}

/** Returns the turns of a rollout in which nothing fails. @returns the amphorae of each turn */
export function plannedTurns(amphorae: readonly PlannedAmphora[], settings: PlanSettings): string[][] {
  const turns: string[][] = [];
  let planned = amphorae;
  for (;;) {
    const next = nextTurn(planned, settings);
    if (next.kind !== 'begin') return turns;
    const chosen = new Set(next.amphorae);
    turns.push([...chosen]);
    planned = planned.map((one) => (chosen.has(one.amphora) ? { ...one, state: 'upgraded' } : one));
  }
}

const PERCENT = /^(\d{1,3}(?:\.\d{1,2})?)%$/;

/**
 * Reads the size of a turn: a number of amphorae, or a share of them such as `10%`.
 * @param total number of amphorae in the fleet @returns at least 1; undefined for another text
 */
export function batchSize(text: string, total: number): number | undefined {
  const [, percent] = PERCENT.exec(text) ?? [];
  const share = percent === undefined ? undefined : Number(percent);
  if (share !== undefined)
    return share > 0 && share <= 100 ? Math.max(1, Math.floor((total * share) / 100)) : undefined;
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
