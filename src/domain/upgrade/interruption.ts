/**
 * The work that is left of an upgrade whose program starts.
 * - `begin`: nothing was done yet
 * - `drop`: nothing was installed, so the upgrade ends without a change
 * - `return`: packages may be installed in part, so the former ones are installed again
 * - `tidy`: the upgrade has ended, and only its files are left
 */
export type UpgradeWork = 'begin' | 'drop' | 'return' | 'tidy';

/**
 * The start of the program of an upgrade. `run`: the agent has accepted the upgrade; `recover`: nothing works at the upgrade any
 * more; `boot`: the same, before the services start.
 */
export type UpgradeCommand = 'run' | 'recover' | 'boot';

/** The part of an upgrade's record that decides. */
export interface UpgradeProgress {
  readonly phase: string;
  /** null: under way */
  readonly result: string | null;
  readonly steps: readonly { readonly phase: string }[];
}

/**
 * Decides how an upgrade goes on when its program starts: for the first time, after it was killed, or after a power cut. An
 * upgrade that was interrupted once it had begun never goes forward again.
 */
export function workLeft({ phase, result, steps }: UpgradeProgress, command: UpgradeCommand): UpgradeWork {
  if (result !== null) return 'tidy';
  if (phase === 'accepted') return command === 'run' ? 'begin' : 'drop';
  return steps.some((step) => step.phase === 'installing') ? 'return' : 'drop';
}
