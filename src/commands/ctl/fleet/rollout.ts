import type { RolloutAmphora } from '../../../domain/fleet/fleet-state.ts';
import { isComplete, plannedAmphorae, unseenPeers } from '../../../domain/fleet/fleet-state.ts';
import {
  batchSize,
  heldBack,
  type NextTurn,
  nextTurn,
  piecesOf,
  plannedTurns,
  type RolloutState,
} from '../../../domain/fleet/plan.ts';
import { printableJson } from '../../../domain/text/printable.ts';
import { AgentError } from '../../../errors.ts';
import { type RolloutEnd, rolloutBlocks, rolloutJson } from '../../../render/ctl/rollout.ts';
import { drawn } from '../draw.ts';
import { type CtlOutcome, EXIT, type ExitCode, UsageFault } from '../outcome.ts';
import { resume, survey, tryOut, upgradeOne } from './amphora-upgrade.ts';
import { readBundle } from './bundle-file.ts';
import { eachHost } from './each-host.ts';
import { lookAtFailed, recheck } from './judgement.ts';
import { openStore } from './rollout-file.ts';
import type { RolloutStore } from './rollout-store.ts';
import type { RolloutTimes } from './rollout-times.ts';
import { type RolloutWork, recorded, type Step, stateOf } from './rollout-work.ts';
import { type FleetRun, fleetExit } from './run-fleet.ts';

/** The options of `upgrade`. */
export interface RolloutOptions {
  /** file of the bundle */
  readonly bundle: string;
  readonly canary: number;
  /** a number of amphorae, or a share such as `10%` */
  readonly batch: string;
  readonly stopOn: number;
  readonly isTrial: boolean;
  /** ids of failed amphorae that are good enough for the operator, in lower case */
  readonly accepted: readonly string[];
  /** file of the state; default: beside the file of hosts */
  readonly state: string | undefined;
  readonly times: RolloutTimes;
}

/** The state of a rollout can't be kept, so it ends. What agents have begun goes on. */
class RolloutBroken extends AgentError {}

/** A command at work on a rollout. */
interface Rolling extends RolloutWork {
  readonly run: FleetRun;
}

/**
 * Runs `upgrade` on all: turn after turn, while every upgraded amphora is ready and looks as before.
 * @throws UsageFault, UnusableRollout before anything is sent
 */
export async function rollOut(run: FleetRun, options: RolloutOptions): Promise<CtlOutcome> {
  const { hosts, file } = run.fleet;
  const batch = batchSize(options.batch, hosts.length);
  if (batch === undefined)
    throw new UsageFault('--batch: must be a number of amphorae, or a share such as 10%');
  const stranger = options.accepted.find((id) => hosts.every(({ amphora }) => amphora !== id));
  if (stranger !== undefined)
    throw new UsageFault(`--accept ${stranger}: the file of hosts has no such amphora`);
  const bundle = await readBundle(options.bundle, new Date());
  const stateFile = options.state ?? `${file}.rollout.json`;
  const { store, release } = await openStore({
    bundle: bundle.id,
    hosts,
    stateFile,
    isTrial: options.isTrial,
    accepted: new Set(options.accepted),
  });
  const { canary, stopOn, times } = options;
  const plan = { canary, batch, stopOn };
  const rolling = { run, store, bundle, times, counters: new Map(), signal: run.signal, plan };
  try {
    await doAll(rolling, 'survey', ['waiting'], survey);
    await doAll(rolling, 'looking at failed ones', ['failed'], lookAtFailed);
    await holdUnseen(store);
    return options.isTrial ? await trial(rolling) : await wholeRollout(rolling, stateFile);
  } finally {
    release();
  }
}

async function wholeRollout(rolling: Rolling, stateFile: string): Promise<CtlOutcome> {
  const { store } = rolling;
  const stopped = await turnAfterTurn(rolling);
  if (stopped === null) await holdBack(store);
  const rollout = store.rollout();
  if (isComplete(rollout)) await store.remove();
  return outcome(rolling, { stopped, stateFile: isComplete(rollout) ? null : stateFile });
}

/** @returns why it ended before all amphorae had their turn; null when they had */
async function turnAfterTurn(rolling: Rolling): Promise<string | null> {
  const { signal, plan, run } = rolling;
  await doAll(rolling, 'resuming', ['running'], resume);
  for (let turn = 1; ; turn += 1) {
    if (signal.aborted)
      return 'interrupted: upgrades that had begun go on at their amphorae, and no other one begins';
    const next = await afterLookingAgain(rolling);
    if (next.kind === 'stop') return `stopped: ${next.failed} failed (--stop-on ${plan.stopOn})`;
    if (next.kind !== 'begin') return null;
    const { length } = next.amphorae;
    run.progress.note(`turn ${turn}: ${length} ${length === 1 ? 'amphora' : 'amphorae'}`);
    await oneTurn(rolling, `turn ${turn}`, next.amphorae);
  }
}

/** Looks again at all upgraded amphorae if another upgrade could begin. @returns what comes next */
async function afterLookingAgain(rolling: Rolling): Promise<NextTurn> {
  const { store, plan } = rolling;
  const next = (): NextTurn => nextTurn(plannedAmphorae(store.rollout()), plan);
  if (next().kind === 'begin') await doAll(rolling, 'looking again', ['upgraded', 'current'], recheck);
  return next();
}

/** Upgrades the amphorae of a turn, in pieces of `--parallel`, until no other one may begin. */
async function oneTurn(rolling: Rolling, title: string, turn: readonly string[]): Promise<void> {
  const { store, run, signal } = rolling;
  for (const [index, piece] of piecesOf(turn, run.fleet.parallel).entries()) {
    if (index > 0 && (await afterLookingAgain(rolling)).kind !== 'begin') return;
    if (signal.aborted) return;
    const chosen = new Set(piece);
    const amphorae = amphoraeOf(store, ({ amphora }) => chosen.has(amphora));
    await work(rolling, title, amphorae, upgradeOne);
  }
}

async function trial(rolling: Rolling): Promise<CtlOutcome> {
  const { store, plan } = rolling;
  await doAll(rolling, 'dry run', ['waiting'], tryOut);
  const turns = plannedTurns(plannedAmphorae(store.rollout()), { ...plan, stopOn: Number.POSITIVE_INFINITY });
  await holdBack(store);
  const numbers = new Map(turns.flatMap((of, index) => of.map((amphora) => [amphora, index + 1] as const)));
  return outcome(rolling, { stopped: null, stateFile: null, turns: numbers });
}

const amphoraeOf = (store: RolloutStore, isWanted: (one: RolloutAmphora) => boolean): RolloutAmphora[] =>
  store.rollout().amphorae.filter(isWanted);

const doAll = (rolling: Rolling, title: string, states: readonly RolloutState[], step: Step): Promise<void> =>
  work(
    rolling,
    title,
    amphoraeOf(rolling.store, ({ state }) => states.includes(state)),
    step,
  );

/** @throws RolloutBroken when a result can't be recorded */
async function work(
  rolling: Rolling,
  title: string,
  amphorae: readonly RolloutAmphora[],
  step: Step,
): Promise<void> {
  const { run, signal } = rolling;
  if (amphorae.length === 0) return;
  run.progress.begin(title, amphorae.length);
  const results = await eachHost(run.fleet, amphorae, recorded(rolling, step), {
    signal,
    onDone: ({ host }) => run.progress.advance(stateOf(rolling, host) === 'failed'),
  });
  run.progress.end();
  if (signal.aborted) return;
  const broken = results.find((result) => 'failure' in result);
  if (broken !== undefined && 'failure' in broken)
    throw new RolloutBroken(`the state of the rollout can't be kept: ${broken.failure.reason}`);
}

async function holdUnseen(store: RolloutStore): Promise<void> {
  const reason = 'its peer may be one of the amphorae that can not be reached';
  const held = unseenPeers(store.rollout());
  await Promise.all(held.map((amphora) => store.change(amphora, { state: 'held', reason })));
}

async function holdBack(store: RolloutStore): Promise<void> {
  const held = heldBack(plannedAmphorae(store.rollout()));
  await Promise.all([...held].map(([amphora, reason]) => store.change(amphora, { state: 'held', reason })));
}

function outcome(
  { run: { fleet, json }, store }: Rolling,
  end: Omit<RolloutEnd, 'rollout' | 'skipped'>,
): CtlOutcome {
  const rollout = store.rollout();
  const whole = { ...end, rollout, skipped: fleet.skipped };
  const isTrial = end.turns !== undefined;
  const exitCode = fleetExit(rollout.amphorae.map(({ state }) => codeOf(state, isTrial)));
  return { exitCode, output: json ? printableJson(rolloutJson(whole)) : drawn(rolloutBlocks(whole)) };
}

function codeOf(state: RolloutState, isTrial: boolean): ExitCode {
  if (state === 'unreachable') return EXIT.unreachable;
  const isGood = state === 'upgraded' || state === 'current' || (isTrial && state === 'waiting');
  return isGood ? EXIT.ok : EXIT.failed;
}
