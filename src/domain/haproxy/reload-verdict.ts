import { isAtLeast } from './haproxy-version.ts';

/** Returns whether the master of this version answers its command `reload` with a verdict (management guide, section 9.4). */
export const givesVerdict = (version: string): boolean => isAtLeast(version, [2, 7]);

/** The answer of a master to `reload`. */
export interface ReloadVerdict {
  readonly isLoaded: boolean;
  /** haproxy's output during the load; `''` for a haproxy that was built without the memory for it */
  readonly output: string;
}

/**
 * Reads the answer: `Success=1` or `Success=0`, then `--` and haproxy's output.
 * @returns undefined for any other answer
 */
export function parseReloadVerdict(answer: string): ReloadVerdict | undefined {
  const [, success, output = ''] = /^Success=([01])\n(?:--\n(.*))?/s.exec(answer) ?? [];
  return success === undefined ? undefined : { isLoaded: success === '1', output: output.trim() };
}
