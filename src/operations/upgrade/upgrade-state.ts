/** What an agent knows about upgrades in its memory. */
export interface UpgradeState {
  /**
   * Takes the only place for a bundle that arrives or is examined.
   * @returns a function that gives the place back; undefined while another bundle has it
   */
  begin(): (() => void) | undefined;
  /** Calls the listener of `onAccepted`. */
  accepted(): void;
  /** @param listener called after each accepted upgrade */
  onAccepted(listener: () => void): void;
}

export function createUpgradeState(): UpgradeState {
  let isTaken = false;
  let listener = (): void => undefined;
  return {
    begin() {
      if (isTaken) return undefined;
      isTaken = true;
      return () => {
        isTaken = false;
      };
    },
    accepted: () => listener(),
    onAccepted(next) {
      listener = next;
    },
  };
}
