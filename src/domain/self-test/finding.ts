/** `degraded`: the agent works, but not completely. `broken`: the amphora is useless to its controller until it is mended. */
export type State = 'ok' | 'degraded' | 'broken';

/** The result of one check of the self-test. */
export interface Finding {
  readonly state: State;
  /** the checked object: a program, a file, a controller */
  readonly subject: string;
  /** one sentence: the version or the fact when all is well, else the fault and its effect */
  readonly message: string;
  /** command or action that mends the fault */
  readonly remedy?: string;
}

export const ok = (subject: string, message: string): Finding => ({ state: 'ok', subject, message });

/** The exit codes of `amphora-agent check`. */
const EXIT_CODES: Record<State, number> = { ok: 0, degraded: 1, broken: 2 };

/** Returns the worst state of all findings; `ok` without findings. */
export function worstState(findings: readonly Finding[]): State {
  const states = findings.map(({ state }) => state);
  if (states.includes('broken')) return 'broken';
  return states.includes('degraded') ? 'degraded' : 'ok';
}

export const exitCodeOf = (findings: readonly Finding[]): number => EXIT_CODES[worstState(findings)];

/** Returns a finding as one line: `degraded: ipvsadm: … (try: …)`. */
export const findingLine = ({ state, subject, message, remedy }: Finding): string =>
  `${state}: ${subject}: ${message}${remedy === undefined ? '' : ` (try: ${remedy})`}`;
