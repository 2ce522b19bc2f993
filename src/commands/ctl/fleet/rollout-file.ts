import { createHash } from 'node:crypto';
import path from 'node:path';
import type { FleetHost } from '../../../domain/fleet/fleet-host.ts';
import {
  newRollout,
  type Rollout,
  resumedRollout,
  UnusableRollout,
} from '../../../domain/fleet/fleet-state.ts';
import { createFiles, type Files } from '../../../host/files.ts';
import { holdName } from '../../../host/held-name.ts';
import { parseRollout } from '../../../schemas/fleet-state.ts';
import { UsageFault } from '../outcome.ts';
import { createRolloutStore, type RolloutStore } from './rollout-store.ts';

export interface WantedRollout {
  /** id of the bundle */
  readonly bundle: string;
  readonly hosts: readonly FleetHost[];
  readonly stateFile: string;
  /** nothing is written */
  readonly isTrial: boolean;
  /** failed amphorae that the operator accepts, as resumedRollout() takes them */
  readonly accepted: ReadonlySet<string>;
}

/** A rollout that no other command on this machine works on. */
export interface OpenedRollout {
  readonly store: RolloutStore;
  release(): void;
}

/** Goes on with the rollout of a file, or begins one. @throws UsageFault */
export async function openStore({
  bundle,
  hosts,
  stateFile,
  isTrial,
  accepted,
}: WantedRollout): Promise<OpenedRollout> {
  const file = path.resolve(stateFile);
  const release = isTrial ? () => undefined : await holdName(rolloutName(file));
  if (release === undefined)
    throw new UsageFault(`--state ${stateFile}: another command works on this rollout: wait for its end`);
  try {
    return { store: await readStore(file, { bundle, hosts, stateFile, isTrial, accepted }), release };
  } catch (error) {
    release();
    throw error;
  }
}

async function readStore(
  file: string,
  { bundle, hosts, stateFile, isTrial, accepted }: WantedRollout,
): Promise<RolloutStore> {
  const files = createFiles();
  const kept = await readRollout(files, stateFile);
  const rollout = explained(stateFile, () =>
    kept === undefined
      ? newRollout(bundle, hosts, new Date())
      : resumedRollout(kept, { bundle, hosts, accepted }),
  );
  return createRolloutStore(files, isTrial ? undefined : file, rollout);
}

/** Returns the name that the command holds while it works on a rollout. @param file absolute path of the state */
export const rolloutName = (file: string): string =>
  `amphora-agent-rollout-${createHash('sha256').update(file).digest('hex')}`;

async function readRollout(files: Files, stateFile: string): Promise<Rollout | undefined> {
  const text = await files.readText(stateFile);
  return text === undefined ? undefined : explained(stateFile, () => parseRollout(text));
}

/** Adds the name of the file to a fault of its content. */
function explained<Result>(stateFile: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnusableRollout)
      throw new UsageFault(`${stateFile}: ${error.message}`, { cause: error });
    throw error;
  }
}
