import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { FleetHost } from '../../../domain/fleet/fleet-host.ts';
import { printableJson } from '../../../domain/text/printable.ts';
import { reasonOf } from '../../../errors.ts';
import {
  DIAGNOSTICS_HEAD,
  DRIFT_HEAD,
  diagnosticsView,
  driftView,
  type FleetEntry,
  type FleetView,
  fleetBlocks,
  STATUS_HEAD,
  statusView,
} from '../../../render/ctl/fleet.ts';
import { storeStream } from '../../stored-stream.ts';
import type { AgentClient } from '../agent-client.ts';
import { drawn } from '../draw.ts';
import { type CtlOutcome, DRIFT_EXIT, EXIT, type ExitCode, UsageFault } from '../outcome.ts';
import { eachHost, type HostResult } from './each-host.ts';
import { type FleetRun, fleetExit } from './run-fleet.ts';

/** What a subcommand asks each amphora, and what it shows. */
interface Question<View extends FleetView> {
  readonly title: string;
  readonly head: readonly string[];
  ask(client: AgentClient, host: FleetHost): Promise<View>;
  /** the exit code for one amphora with this result */
  codeOf(view: View): ExitCode;
}

/** Runs `status` on all: exit code 1 if an amphora isn't ready, 3 if one can't be reached. */
export const fleetStatus = (run: FleetRun): Promise<CtlOutcome> =>
  askAll(run, {
    ...{ title: 'status', head: STATUS_HEAD },
    ask: async (client) => statusView((await client.status()).known),
    codeOf: ({ result }) => (result === 'ready' ? EXIT.ok : EXIT.failed),
  });

/**
 * Runs `drift` on all: exit code 1 if an amphora has any, 3 if one can't be reached, 4 if it is not known of one.
 * @param repairs refused: a repair of a whole cloud is no command to give by mistake @throws UsageFault
 */
export function fleetDrift(run: FleetRun, repairs: boolean): Promise<CtlOutcome> {
  if (repairs) throw new UsageFault('--repair: not with --hosts');
  return askAll(run, {
    ...{ title: 'drift', head: DRIFT_HEAD },
    ask: async (client) => driftView((await client.drift()).known),
    codeOf: ({ result }) => DRIFT_EXIT[result],
  });
}

/**
 * Runs `diagnostics` on all. Each archive appears as AMPHORA.tar.gz when it is complete.
 * @param directory made if it doesn't exist @throws UsageFault
 */
export async function fleetDiagnostics(run: FleetRun, directory: string): Promise<CtlOutcome> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new UsageFault(`-o ${directory}: ${reasonOf(error)}`, { cause: error });
  });
  return askAll(run, {
    ...{ title: 'diagnostics', head: DIAGNOSTICS_HEAD },
    async ask(client, { amphora }) {
      const file = path.join(directory, `${amphora}.tar.gz`);
      const { body } = await client.diagnostics();
      await storeStream(body, file, { signal: run.signal });
      return diagnosticsView(file);
    },
    codeOf: () => EXIT.ok,
  });
}

async function askAll<View extends FleetView>(
  { fleet, json, progress, signal }: FleetRun,
  { title, head, ask, codeOf }: Question<View>,
): Promise<CtlOutcome> {
  progress.begin(title, fleet.hosts.length);
  const results = await eachHost(fleet, fleet.hosts, ask, {
    signal,
    onDone: (result) => progress.advance('failure' in result),
  });
  progress.end();
  const exitCode = fleetExit(
    results.map((one) => ('failure' in one ? one.failure.exitCode : codeOf(one.value))),
  );
  const shown = results.map(shownResult);
  const { skipped } = fleet;
  const output = json
    ? printableJson({ amphorae: shown.map(entryOf), left_out: skipped })
    : drawn(fleetBlocks(head, shown, skipped));
  return { exitCode, output };
}

type Shown = Omit<FleetView, 'facts'> & { readonly host: FleetHost; readonly facts?: object };

function shownResult(result: HostResult<FleetView>): Shown {
  if ('value' in result) return { host: result.host, ...result.value };
  const { exitCode, reason } = result.failure;
  return {
    host: result.host,
    result: exitCode === EXIT.unreachable ? 'unreachable' : 'failed',
    ...{ reason, cells: [] },
  };
}

const entryOf = ({ host: { amphora, address }, result, reason, facts }: Shown): FleetEntry => ({
  ...{ amphora, address, result, reason },
  ...(facts === undefined ? {} : { facts }),
});
