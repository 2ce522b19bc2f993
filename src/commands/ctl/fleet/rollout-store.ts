import type { RolloutAmphora } from '../../../domain/fleet/fleet-state.ts';
import { type Rollout, withChange } from '../../../domain/fleet/fleet-state.ts';
import type { Files } from '../../../host/files.ts';
import { rolloutText } from '../../../schemas/fleet-state.ts';

export type RolloutChange = Partial<Omit<RolloutAmphora, 'amphora'>>;

/** A rollout in memory and in its file. */
export interface RolloutStore {
  rollout(): Rollout;
  /** Changes one amphora. It is on the disk when the promise resolves. Changes at the same time share a write. */
  change(amphora: string, change: RolloutChange): Promise<void>;
  /** Removes the file, after all changes. */
  remove(): Promise<void>;
}

const MODE = 0o600;

/** Keeps a rollout in a file. @param file undefined: in memory only, for a dry run */
export function createRolloutStore(
  files: Pick<Files, 'write' | 'remove'>,
  file: string | undefined,
  begun: Rollout,
): RolloutStore {
  let rollout = begun;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    next = undefined;
    if (file !== undefined) await files.write(file, rolloutText(rollout), { mode: MODE });
  };
  return {
    rollout: () => rollout,
    change(amphora, change) {
      rollout = withChange(rollout, amphora, change);
      // a write that has not begun yet will have this change too
      if (next === undefined) {
        next = running.then(write);
        running = next.catch(() => undefined);
      }
      return next;
    },
    async remove() {
      await running;
      if (file !== undefined) await files.remove(file);
    },
  };
}
