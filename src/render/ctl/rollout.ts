import type { SkippedHost } from '../../domain/fleet/fleet-host.ts';
import type { Rollout, RolloutAmphora } from '../../domain/fleet/fleet-state.ts';
import type { Block } from './blocks.ts';
import { fleetBlocks } from './fleet.ts';

/** How a command left a rollout. */
export interface RolloutEnd {
  readonly rollout: Rollout;
  readonly skipped: readonly SkippedHost[];
  /** why amphorae may still wait; null when all had their turn */
  readonly stopped: string | null;
  /** file of the state that another command resumes; null when there is none */
  readonly stateFile: string | null;
  /** the turn of each amphora in a dry run */
  readonly turns?: ReadonlyMap<string, number>;
}

const HEAD = ['load balancer', 'turn'];

/** Shows the end of a rollout: a table, and how to resume it. */
export function rolloutBlocks({ rollout, skipped, stopped, stateFile, turns }: RolloutEnd): Block[] {
  const rows = rollout.amphorae.map((one) => ({
    ...{ host: one, result: resultText(one, turns), reason: one.reason },
    cells: [balancersOf(one).join('\n'), `${turns?.get(one.amphora) ?? ''}`],
  }));
  return [
    ...fleetBlocks(HEAD, rows, skipped),
    ...(stopped === null ? [] : [stopped]),
    ...(stateFile === null
      ? []
      : [
          `the state is in ${stateFile}: the same command resumes the rollout, and tries again what did not succeed; --accept goes on past a failed amphora`,
        ]),
  ];
}

const resultText = ({ state, amphora }: RolloutAmphora, turns: RolloutEnd['turns']): string =>
  state === 'waiting' && turns?.has(amphora) === true ? 'would be upgraded' : state;

const balancersOf = ({ loadBalancer, serves }: RolloutAmphora): string[] => [
  ...new Set(loadBalancer === undefined ? serves : [loadBalancer, ...serves]),
];

/** Returns the end of a rollout as `--json` prints it. */
export const rolloutJson = ({ rollout, skipped, stopped, stateFile, turns }: RolloutEnd): object => ({
  ...{ bundle: rollout.bundle, started_at: rollout.startedAt, stopped, state_file: stateFile },
  amphorae: rollout.amphorae.map((one) => ({
    ...{ amphora: one.amphora, address: one.address, load_balancers: balancersOf(one) },
    ...{ result: one.state, reason: one.reason },
    ...(turns === undefined ? {} : { turn: turns.get(one.amphora) ?? null }),
  })),
  left_out: skipped,
});
